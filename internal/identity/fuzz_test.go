package identity_test

import (
	"strings"
	"testing"

	"dongbo/internal/allocs"
	"dongbo/internal/identity"
)

func FuzzParseCode(f *testing.F) {
	f.Add(sample().String())
	f.Add("“" + strings.ToLower(sample().String()) + "”\r\n")
	f.Add("DB1-")
	f.Add("DB2-ABC")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := identity.ParseCode(text)
		if err != nil {
			return
		}
		again, err := identity.ParseCode(code.String())
		if err != nil || again != code {
			t.Errorf("%+v became %+v, %v", code, again, err)
		}
	})
}

func TestACodeOfAnyLengthCostsNoMoreThanALongOne(t *testing.T) {
	for name, text := range map[string]string{
		"a book of letters":     "DB1-" + strings.Repeat("A", 16<<20),
		"a book of hyphens":     "DB1" + strings.Repeat("-", 16<<20),
		"a version of digits":   "DB" + strings.Repeat("1", 16<<20) + "-A",
		"as long as is read":    "DB1-" + strings.Repeat("A", 4092),
		"blanks without end":    strings.Repeat(" ", 16<<20) + "DB1-A",
		"quotes on either side": strings.Repeat("“", 5<<20) + "DB1-A" + strings.Repeat("”", 5<<20),
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			n := allocs.Of(func() { _, err = identity.ParseCode(text) })
			if n > 64<<10 || err == nil {
				t.Errorf("%d bytes allocated, %v", n, err)
			}
		})
	}
}
