package schema_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"dongbo/schema"
)

var promise = flag.Bool("promise", false, "add what the declaration has gained to the contract")

const contract = "testdata/contract.txt"

// TestWhatWasDeclaredOnceIsDeclaredForEver holds the declaration against every
// line that a release ever promised.
func TestWhatWasDeclaredOnceIsDeclaredForEver(t *testing.T) {
	promised, declared := readContract(t), declaration()
	for _, line := range promised {
		if !slices.Contains(declared, line) {
			t.Errorf("the declaration no longer says %q.\nIt may not change or go: files, signatures and logs of every replica ever enrolled stand by it, "+
				"and programs two releases behind go on writing so. Leave it, and add a new column or table.", line)
		}
	}
	var gained []string
	for _, line := range declared {
		if !slices.Contains(promised, line) {
			gained = append(gained, line)
		}
	}
	switch {
	case len(gained) == 0:
	case *promise:
		f, err := os.OpenFile(contract, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err == nil {
			_, err = f.WriteString(strings.Join(gained, "\n") + "\n")
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("new in the declaration:\n%s\nIt will be a promise for ever. If it is meant: go test ./schema -promise", strings.Join(gained, "\n"))
	}
}

func readContract(t *testing.T) (lines []string) {
	t.Helper()
	f, err := os.Open(contract)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for in.Scan() {
		if line := in.Text(); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// declaration writes down what may never change, one line a table and a column.
func declaration() (lines []string) {
	types := []string{"text", "integer", "real", "id", "date", "money", "time"}
	classes, policies := []string{"basic", "sensitive", "finance"}, []string{"review", "latest"}
	for _, tb := range schema.Tables() {
		lines = append(lines, fmt.Sprintf("table %d %s scope %s published %t since %d", tb.No, tb.Name, tb.Scope, tb.Published, max(tb.Since, 1)))
		for _, c := range tb.Columns {
			null := "null"
			if c.NotNull {
				null = "not null"
			}
			lines = append(lines, fmt.Sprintf("column %d.%d %s.%s %s %s register %d class %s policy %s since %d", tb.No, c.No, tb.Name, c.Name,
				types[c.Type], null, c.RegisterOf(), classes[c.Class], policies[c.Policy], max(c.Since, 1)))
		}
	}
	return lines
}

func TestNothingIsDeclaredForALaterVersion(t *testing.T) {
	for _, tb := range schema.Tables() {
		for _, c := range tb.Columns {
			if max(tb.Since, c.Since) > schema.Declared {
				t.Errorf("%s.%s came with version %d, the declaration is of version %d: let Declared grow", tb.Name, c.Name, max(tb.Since, c.Since), schema.Declared)
			}
		}
	}
}
