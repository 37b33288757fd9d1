package memstore_test

import (
	"sync"
	"testing"

	"dongbo/internal/server"
	"dongbo/internal/server/memstore"
	"dongbo/internal/server/storetest"
)

// There is no disk to fill; another holder of the same value stands for
// another process.
func TestTheStoreInMemoryKeepsWhatTheInterfacePromises(t *testing.T) {
	var mu sync.Mutex
	stores := map[string]*memstore.Store{}
	storetest.Run(t, storetest.Maker{
		Open: func(t *testing.T) server.Store {
			mu.Lock()
			defer mu.Unlock()
			if stores[t.Name()] == nil {
				stores[t.Name()] = memstore.New(memstore.NewNames())
			}
			return stores[t.Name()]
		},
	})
}
