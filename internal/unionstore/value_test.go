package unionstore_test

import (
	"crypto/rand"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

var unready = replica.Env{Now: time.Now, Rand: rand.Reader}

func TestAValueIsReadByItsColumnsType(t *testing.T) {
	for _, c := range []struct {
		name, table, column, typed string
		want                       change.Value
	}{
		{"a date day first", "member", "birth_date", "03/04/1990", change.Text("1990-04-03")},
		{"a date as stored", "member", "birth_date", "1990-04-03", change.Text("1990-04-03")},
		{"a year", "member", "birth_date", "1990", change.Text("1990")},
		{"a month", "dues_payment", "month", "11/2026", change.Text("2026-11")},
		{"money with points", "member", "wage_base", "5.300.000", change.Int(5300000)},
		{"money in millions", "member", "wage_base", "5tr", change.Int(5000000)},
		{"money given back", "dues_payment", "amount", "-25.000", change.Int(-25000)},
		{"a decimal comma", "member", "wage_coef", "2,34", change.Real(2.34)},
		{"a gender's word", "member", "gender", "Nữ", change.Text("female")},
		{"a status' word", "member", "status", "Đang sinh hoạt", change.Text("active")},
		{"text in NFD", "member", "notes", "Đa\u0323t", change.Text("Đạt")},
		{"nothing", "member", "phone", " ", change.Null},
		{"a whole number", "member", "children", "2", change.Int(2)},
		{"an id", "member", "unit_id", "03000000-0000-0000-0000-000000000000", change.IDValue(change.ID{3})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := unionstore.ReadValue(schema.ByName(c.table).Column(c.column), c.typed, 2026)
			if err != nil || got != c.want {
				t.Errorf("%s: %v %v", got, err, c.want)
			}
		})
	}
	for _, c := range []struct{ name, column, typed string }{
		{"a day that is none", "birth_date", "31/02/1990"}, {"words for money", "wage_base", "nhiều"}, {"no gender", "gender", "x"},
		{"half a child", "children", "1.5"}, {"no id", "unit_id", "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := unionstore.ReadValue(schema.ByName("member").Column(c.column), c.typed, 2026); fault.CodeOf(err) != "edit.type" {
				t.Errorf("%v", err)
			}
		})
	}
}
