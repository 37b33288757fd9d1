package sqlitestore

import (
	"fmt"
	"sync"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
)

// dictionary caches a table that numbers 16-byte ids and only ever grows.
type dictionary struct {
	byNo, byID, add string
	max             int64

	mu  sync.RWMutex
	ids map[int64]change.ID
	nos map[change.ID]int64
}

func newDictionary(table, no, id string, limit int64) *dictionary {
	return &dictionary{
		byNo: fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", id, table, no),
		byID: fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", no, table, id),
		add:  fmt.Sprintf("INSERT INTO %s (%s) VALUES (?) RETURNING %s", table, id, no),
		max:  limit, ids: map[int64]change.ID{}, nos: map[change.ID]int64{},
	}
}

func (d *dictionary) id(no int64) (change.ID, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	id, ok := d.ids[no]
	return id, ok
}

func (d *dictionary) no(id change.ID) (int64, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	no, ok := d.nos[id]
	return no, ok
}

func (d *dictionary) put(no int64, id change.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids[no], d.nos[id] = id, no
}

// keep takes over what a committed transaction added.
func (d *dictionary) keep(added map[change.ID]int64) {
	for id, no := range added {
		d.put(no, id)
	}
}

// lookUp gives the number of id; 0 where it has none and must not get one.
// What a transaction adds stays with it until it is committed.
func (d *dictionary) lookUp(c *regsql.Conn, id change.ID, added *map[change.ID]int64, mayAdd bool) (int64, error) {
	if no, ok := d.no(id); ok {
		return no, nil
	}
	if no, ok := (*added)[id]; ok {
		return no, nil
	}
	no, err := c.Int(d.byID, id)
	if err != nil {
		return 0, err
	}
	if no != 0 || !mayAdd {
		if no != 0 && !mayAdd {
			d.put(no, id) // a reader sees only what is committed
		}
		return no, nil
	}
	row, err := c.One(d.add, id)
	if err != nil {
		return 0, err
	}
	no = regsql.IntOf(row[0])
	if no > d.max {
		return 0, fmt.Errorf("sqlitestore: the dictionary is full")
	}
	if *added == nil {
		*added = map[change.ID]int64{}
	}
	(*added)[id] = no
	return no, nil
}

// name gives the id of a number; zero where there is none.
func (d *dictionary) name(c *regsql.Conn, no int64, added map[change.ID]int64) (change.ID, error) {
	if id, ok := d.id(no); ok {
		return id, nil
	}
	for id, n := range added {
		if n == no {
			return id, nil
		}
	}
	row, err := c.One(d.byNo, no)
	if err != nil || row == nil {
		return change.ID{}, err
	}
	return regsql.IDOf(row[0]), nil
}
