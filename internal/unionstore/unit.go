package unionstore

import (
	"database/sql"
	"errors"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// UnitByCode finds a unit of the replica.
func UnitByCode(r *replica.Replica, code string) (id change.ID, err error) {
	var b []byte
	err = r.DB().QueryRow("SELECT id FROM unit WHERE code = ?", code).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return id, fault.New("unit.no_such_code", "code", code)
	}
	copy(id[:], b)
	return id, err
}

// MayWrite refuses a unit over which the person of this replica has no
// mandate: the server would send every row back. It asks no more of a mandate
// than that it stands at the unit or above it; dates are the server's to judge.
func MayWrite(r *replica.Replica, unit change.ID) error {
	home, person, err := r.Home()
	if err != nil {
		return err
	}
	var code, name string
	var may bool
	err = r.DB().QueryRow(`WITH RECURSIVE up(id, parent, depth) AS (
  SELECT id, parent_id, 0 FROM unit WHERE id = ?1
  UNION ALL SELECT u.id, u.parent_id, up.depth + 1 FROM up JOIN unit u ON u.id = up.parent WHERE up.depth < 32)
SELECT code, name, EXISTS (SELECT 1 FROM up WHERE id = ?2) OR EXISTS (SELECT 1 FROM up JOIN mandate m ON m.unit_id = up.id WHERE m.person_id = ?3)
FROM unit WHERE id = ?1`, unit[:], home[:], person[:]).Scan(&code, &name, &may)
	if err == nil && !may {
		err = fault.New("unit.not_yours", "code", code, "name", name)
	}
	return err
}
