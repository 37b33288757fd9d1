package sqlitestore

import "fmt"

// LimitPages bounds the file to so many pages, or, with 0, to those it has.
func LimitPages(s *Store, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n == 0 {
		var err error
		if n, err = s.w.Int("PRAGMA page_count"); err != nil {
			return err
		}
	}
	_, err := s.w.Int(fmt.Sprintf("PRAGMA max_page_count = %d", n))
	return err
}
