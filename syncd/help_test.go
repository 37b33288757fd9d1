package main

import (
	"bytes"
	"strings"
	"testing"

	"dongbo/schema"
)

func TestHelpAndWrongFlagsAreInTheReadersLanguage(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"the list of commands", []string{"--help"}, []string{"Cách dùng:\n  syncd [lệnh]", "Các lệnh:", "  settle ", "giải quyết một xung đột", "Tùy chọn:", "xem cách dùng"}},
		{"one command", []string{"help", "settle"}, []string{"syncd settle CONFLICT [tùy chọn]", "--take", "lấy giá trị số N", "Tùy chọn chung:"}},
		{"an unknown flag", []string{"status", "--nonsense"}, []string{"không có tùy chọn --nonsense"}},
		{"an unknown letter", []string{"status", "-x"}, []string{"không có tùy chọn -x"}},
		{"a flag without its value", []string{"status", "--replica"}, []string{"tùy chọn --replica cần một giá trị"}},
		{"a value that does not fit", []string{"settle", "x", "--take", "hai"}, []string{"giá trị “hai” không hợp với tùy chọn --take"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			p := &program{out: &out, errOut: &out, lang: "vi"}
			root := p.root()
			root.SetArgs(c.args)
			root.SetOut(&out)
			if err := root.Execute(); err != nil {
				out.WriteString(err.Error())
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in:\n%s", want, out.String())
				}
			}
			for _, english := range []string{"Usage", "Available", "help for", "unknown", "invalid"} {
				if strings.Contains(out.String(), english) {
					t.Errorf("%q stands in:\n%s", english, out.String())
				}
			}
		})
	}
}

func TestEveryTableAndColumnHasANameForPeople(t *testing.T) {
	for _, lang := range []string{"vi", "en"} {
		p := &program{lang: lang}
		for _, tb := range schema.Tables() {
			if name := p.text("table." + tb.Name); strings.HasPrefix(name, "table.") {
				t.Errorf("%s: %s", lang, name)
			}
			for i := range tb.Columns {
				if name := p.columnTitle(tb.Columns[i].Name); strings.HasPrefix(name, "column.") {
					t.Errorf("%s: %s", lang, name)
				}
			}
		}
	}
}
