package identity

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"dongbo/internal/fault"
)

// Code is a one-time enrolment code: all that a new device needs.
type Code struct {
	URL    string // the server's address
	SPKI   Pin    // the server's key
	Token  [16]byte
	Unit   string // code and name, to show back before anything is done
	Role   string
	Person string
}

// What ParseCode can find wrong.
var (
	ErrNotACode error = fault.New(fault.CodeNotACode)
	ErrDamaged  error = fault.New(fault.CodeDamaged)
	ErrNewer    error = fault.New(fault.CodeNewer)
)

const (
	codeVersion = 1
	codePrefix  = "DB1-"
	codeSum     = 4
	// maxCode bounds what is looked at: nobody types more.
	maxCode = 4096
)

// alphabet is Crockford's: no letter looks like a digit, case does not matter.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// digits maps what people type to digits: also O to 0, I and L to 1.
var digits = func() (t [128]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range alphabet {
		t[c], t[unicode.ToLower(c)] = int8(i), int8(i)
	}
	for _, c := range "Oo" {
		t[c] = 0
	}
	for _, c := range "IiLl" {
		t[c] = 1
	}
	return t
}()

// NewToken makes the secret part of a Code.
func NewToken(random io.Reader) (token [16]byte, err error) {
	if _, err = io.ReadFull(random, token[:]); err != nil {
		err = fmt.Errorf("identity: new token: %w", err)
	}
	return token, err
}

// String is the code as one line without blanks.
func (c Code) String() string {
	b := append(append([]byte(nil), c.SPKI[:]...), c.Token[:]...)
	for _, s := range []string{c.URL, c.Unit, c.Role, c.Person} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	sum := checksum(b)
	b = append(b, sum[:]...)
	var out strings.Builder
	out.WriteString(codePrefix)
	var acc uint
	bits := 0
	for _, v := range b {
		acc = acc<<8 | uint(v)
		for bits += 8; bits >= 5; {
			bits -= 5
			out.WriteByte(alphabet[acc>>bits&31])
		}
	}
	if bits > 0 {
		out.WriteByte(alphabet[acc<<(5-bits)&31])
	}
	return out.String()
}

func checksum(b []byte) (sum [codeSum]byte) {
	full := sha256.Sum256(append([]byte("dongbo code 1\x00"), b...))
	copy(sum[:], full[:])
	return sum
}

// ParseCode reads a code as people pass it on: any case, blanks, hyphens and
// line breaks inside, quotes around.
func ParseCode(text string) (Code, error) {
	text = strings.Trim(strings.TrimSpace(text), "\"'`<>“”«»")
	body, err := codeBody(text)
	if err != nil {
		return Code{}, err
	}
	raw, ok := decode32(body)
	if !ok || len(raw) < codeSum {
		return Code{}, ErrDamaged
	}
	content := raw[:len(raw)-codeSum]
	if checksum(content) != [codeSum]byte(raw[len(raw)-codeSum:]) {
		return Code{}, ErrDamaged
	}
	return decodeCode(content)
}

// codeBody takes the prefix off, which says the version.
func codeBody(text string) (string, error) {
	head, body, ok := strings.Cut(text, "-")
	if !ok || len(text) > maxCode || len(head) < 3 || !strings.EqualFold(head[:2], codePrefix[:2]) {
		return "", ErrNotACode
	}
	version, err := strconv.ParseUint(head[2:], 10, 16)
	switch {
	case err != nil || version == 0:
		return "", ErrNotACode
	case version > codeVersion:
		return "", ErrNewer
	}
	return body, nil
}

func decode32(body string) (raw []byte, ok bool) {
	var acc uint
	bits := 0
	for _, c := range body {
		if c == '-' || unicode.IsSpace(c) {
			continue
		}
		if c >= rune(len(digits)) || digits[c] < 0 {
			return nil, false
		}
		acc = acc<<5 | uint(digits[c])
		if bits += 5; bits >= 8 {
			bits -= 8
			raw = append(raw, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	return raw, bits < 5 && acc == 0
}

func decodeCode(b []byte) (Code, error) {
	var c Code
	if len(b) < len(c.SPKI)+len(c.Token) {
		return c, ErrDamaged
	}
	b = b[copy(c.SPKI[:], b):]
	b = b[copy(c.Token[:], b):]
	for _, p := range []*string{&c.URL, &c.Unit, &c.Role, &c.Person} {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return Code{}, ErrDamaged
		}
		*p = string(b[used : used+int(n)])
		b = b[used+int(n):]
	}
	if len(b) > 0 {
		return Code{}, ErrDamaged
	}
	return c, nil
}
