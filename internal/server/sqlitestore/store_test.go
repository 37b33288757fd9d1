package sqlitestore_test

import (
	"path/filepath"
	"sync"
	"testing"

	"dongbo/internal/server"
	"dongbo/internal/server/sqlitestore"
	"dongbo/internal/server/storetest"
)

func TestTheSQLiteStoreKeepsWhatTheInterfacePromises(t *testing.T) {
	var mu sync.Mutex
	paths := map[string]string{}
	storetest.Run(t, storetest.Maker{
		Open: func(t *testing.T) server.Store {
			mu.Lock()
			defer mu.Unlock()
			if paths[t.Name()] == "" {
				paths[t.Name()] = filepath.Join(t.TempDir(), "central.db")
			}
			s, err := sqlitestore.Open(paths[t.Name()])
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Fill: func(t *testing.T, s server.Store) func() {
			if err := sqlitestore.LimitPages(s.(*sqlitestore.Store), 0); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := sqlitestore.LimitPages(s.(*sqlitestore.Store), 1<<30); err != nil {
					t.Fatal(err)
				}
			}
		},
	})
}
