package assets

import (
	"encoding/json"
	"fmt"
	"sync"
)

// Province is a province or centrally-run city in force since 1 July 2025.
type Province struct {
	Code, Name string
	Communes   []Commune
}

// Commune is a ward, commune or special zone of a province. Codes of before
// 2025 were given out again with other meanings: never mix the two schemes.
type Commune struct {
	Code, Name, ProvinceCode string
}

// Provinces lists the 34 provinces by code, each with its communes.
func Provinces() []Province { return provinces() }

var provinces = sync.OnceValue(func() []Province {
	text, err := files.ReadFile("units/vn_units.json")
	if err != nil {
		panic(err) // embedded: cannot be missing
	}
	var list []Province
	if err := json.Unmarshal(text, &list); err != nil {
		panic(fmt.Sprintf("assets: units/vn_units.json: %v", err))
	}
	return list
})

// UnmarshalJSON reads the compact form [code, name, [[code, name], …]].
func (p *Province) UnmarshalJSON(text []byte) error {
	var communes [][2]string
	tuple := []any{&p.Code, &p.Name, &communes}
	if err := json.Unmarshal(text, &tuple); err != nil {
		return err
	}
	p.Communes = make([]Commune, len(communes))
	for i, c := range communes {
		p.Communes[i] = Commune{Code: c[0], Name: c[1], ProvinceCode: p.Code}
	}
	return nil
}
