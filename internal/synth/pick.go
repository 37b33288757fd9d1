package synth

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// ID is the 16 bytes of a row's id.
type ID [16]byte

// String is the id as 32 hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// dice is a seeded source with the helpers that tables of words need.
type dice struct{ *rand.Rand }

// newDice gives a source that depends on the seed and on what it is for, so
// that a further use of one does not shift all the others.
func newDice(seed uint64, purpose string) dice {
	var salt uint64 = 14695981039346656037
	for _, b := range []byte(purpose) {
		salt = (salt ^ uint64(b)) * 1099511628211
	}
	return dice{rand.New(rand.NewPCG(seed, salt))}
}

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// one picks a word, each as likely as the others.
func (d dice) one(words []string) string { return words[d.IntN(len(words))] }

// digits gives n random digits.
func (d dice) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('0' + byte(d.IntN(10)))
	}
	return b.String()
}

// date gives a day from the first of January of year from to the last day
// before year to.
func (d dice) date(from, to int) string {
	first := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	days := int(time.Date(to, 1, 1, 0, 0, 0, 0, time.UTC).Sub(first).Hours() / 24)
	return first.AddDate(0, 0, d.IntN(days)).Format(time.DateOnly)
}

// between gives a whole number of [from, to].
func (d dice) between(from, to int) int { return from + d.IntN(to-from+1) }

// shares is a list of words with the share of each.
type shares struct {
	words []string
	upTo  []float64
}

// parseShares reads "Nguyễn 29.64, Trần 10.14, …".
func parseShares(text string) shares {
	var s shares
	sum := 0.0
	for _, entry := range strings.Split(text, ",") {
		entry = strings.TrimSpace(entry)
		cut := strings.LastIndexByte(entry, ' ')
		share, err := strconv.ParseFloat(entry[cut+1:], 64)
		if err != nil {
			panic(fmt.Sprintf("synth: share of %q: %v", entry, err))
		}
		sum += share
		s.words, s.upTo = append(s.words, entry[:cut]), append(s.upTo, sum)
	}
	return s
}

// by picks a word by its share.
func (d dice) by(s shares) string {
	x := d.Float64() * s.upTo[len(s.upTo)-1]
	for i, end := range s.upTo {
		if x < end {
			return s.words[i]
		}
	}
	return s.words[len(s.words)-1]
}

// idMaker gives ids of the shape of UUIDv7: they grow with time.
type idMaker struct {
	dice
	ms uint64
}

func (m *idMaker) next() (id ID) {
	m.ms += 1 + m.Uint64N(900)
	for i := range 6 {
		id[i] = byte(m.ms >> (40 - 8*i))
	}
	a, b := m.Uint64(), m.Uint64()
	for i := range 8 {
		id[8+i] = byte(a >> (8 * i))
	}
	id[6], id[7] = 0x70|byte(b&0x0f), byte(b>>8)
	id[8] = 0x80 | id[8]&0x3f
	return id
}
