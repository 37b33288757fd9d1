package identity_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/identity"
)

func newKey(tb testing.TB) ed25519.PrivateKey {
	tb.Helper()
	key, err := identity.NewKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func sample() identity.Code {
	return identity.Code{URL: "https://cong-doan.example.vn:8443", SPKI: identity.Pin{1, 2, 3}, Token: [16]byte{9, 8},
		Unit: "74.01 Công đoàn cơ sở Công ty May", Role: "officer", Person: "Nguyễn Thị Lan"}
}

func TestACodeIsReadAsPeoplePassItOn(t *testing.T) {
	want := sample()
	text := want.String()
	if strings.ContainsAny(text, " \n\t") || !strings.HasPrefix(text, "DB1-") {
		t.Fatalf("not one word: %q", text)
	}
	cases := []struct{ name, text string }{
		{"as it was given", text},
		{"in small letters", strings.ToLower(text)},
		{"with blanks around", "  " + text + "\r\n"},
		{"broken into lines by a mail program", text[:40] + "\r\n" + text[40:80] + "\n  " + text[80:]},
		{"grouped by hand", text[:12] + "-" + text[12:20] + " " + text[20:]},
		{"in quotes", "“" + text + "”"},
		{"with the letter O for the digit", text[:4] + strings.ReplaceAll(text[4:], "0", "O")},
		{"with the letter l for the digit", text[:4] + strings.ReplaceAll(text[4:], "1", "l")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, err := identity.ParseCode(c.text); err != nil || got != want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestABadCodeSaysWhatIsWrong(t *testing.T) {
	text := sample().String()
	cases := []struct {
		name, text string
		want       error
	}{
		{"nothing", "", identity.ErrNotACode},
		{"an address", "https://cong-doan.example.vn", identity.ErrNotACode},
		{"another program's code", "DBX-123", identity.ErrNotACode},
		{"version 0", "DB0-123", identity.ErrNotACode},
		{"a book", "DB1-" + strings.Repeat("A", 10000), identity.ErrNotACode},
		{"a newer version", "DB2" + text[3:], identity.ErrNewer},
		{"the prefix alone", "DB1-", identity.ErrDamaged},
		{"cut short", text[:len(text)-5], identity.ErrDamaged},
		{"one letter lost", text[:30] + text[31:], identity.ErrDamaged},
		{"a letter no code has", text[:30] + "U" + text[31:], identity.ErrDamaged},
		{"two letters swapped", text[:5] + swap(text[5:]), identity.ErrDamaged},
		{"something behind it", text + "AAAA", identity.ErrDamaged},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := identity.ParseCode(c.text); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// swap swaps the first two neighbours that differ.
func swap(s string) string {
	for i := range len(s) - 1 {
		if s[i] != s[i+1] {
			return s[:i] + string(s[i+1]) + string(s[i]) + s[i+2:]
		}
	}
	return s
}

func TestASignatureHoldsForWhatWasSignedAlone(t *testing.T) {
	key, other := newKey(t), newKey(t)
	pub, strange := key.Public().(ed25519.PublicKey), other.Public().(ed25519.PublicKey)
	writer, hash := change.ID{1}, change.Hash{2}
	receipt := identity.Receipt{Epoch: change.ID{3}, Writer: writer, Through: 7, Hash: hash, Refused: []identity.Refused{{N: 5, Code: "scope"}}}
	changed := receipt
	changed.Refused = nil
	hello := identity.SignHello(key, []byte("one"))
	signed := identity.SignRange(key, writer, 7, hash)
	sealed := identity.SignReceipt(key, &receipt)
	cases := []struct {
		name string
		err  error
		good bool
	}{
		{"a greeting", identity.VerifyHello(pub, []byte("one"), hello), true},
		{"a greeting on another connection", identity.VerifyHello(pub, []byte("two"), hello), false},
		{"a greeting under another key", identity.VerifyHello(strange, []byte("one"), hello), false},
		{"a greeting under no key", identity.VerifyHello(nil, []byte("one"), hello), false},
		{"a range", identity.VerifyRange(pub, writer, 7, hash, signed), true},
		{"a longer range", identity.VerifyRange(pub, writer, 8, hash, signed), false},
		{"a range with another end", identity.VerifyRange(pub, writer, 7, change.Hash{}, signed), false},
		{"a greeting for a range", identity.VerifyRange(pub, writer, 7, hash, hello), false},
		{"a receipt", identity.VerifyReceipt(pub, &receipt, sealed), true},
		{"a receipt without its refusals", identity.VerifyReceipt(pub, &changed, sealed), false},
		{"a receipt without signature", identity.VerifyReceipt(pub, &receipt, nil), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if (c.err == nil) != c.good {
				t.Errorf("got %v", c.err)
			}
			if c.err != nil && fault.CodeOf(c.err) != fault.SignatureWrong {
				t.Errorf("code %s", fault.CodeOf(c.err))
			}
		})
	}
}

// shake runs a TLS handshake and returns both ends' views of it.
func shake(t *testing.T, client, server *tls.Config) (c, s tls.ConnectionState, err error) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	srv := tls.Server(b, server)
	done := make(chan error, 1)
	go func() {
		done <- srv.Handshake()
		_ = b.Close()
	}()
	cli := tls.Client(a, client)
	err = cli.Handshake()
	_ = a.Close()
	if e := <-done; err == nil {
		err = e
	}
	return cli.ConnectionState(), srv.ConnectionState(), err
}

func TestADeviceTalksToTheHolderOfThePinnedKeyAlone(t *testing.T) {
	key := newKey(t)
	cert, err := identity.ServerCert(key)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := identity.PinOf(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	client, server, err := shake(t, identity.ClientTLS(pin), identity.ServerTLS(cert))
	if err != nil {
		t.Fatal(err)
	}
	if client.Version != tls.VersionTLS13 {
		t.Errorf("TLS version %x", client.Version)
	}
	mine, err1 := identity.Challenge(client)
	theirs, err2 := identity.Challenge(server)
	if err1 != nil || err2 != nil || string(mine) != string(theirs) {
		t.Errorf("challenges differ: %x %x %v %v", mine, theirs, err1, err2)
	}
	if got, err := identity.PeerKey(client); err != nil || !got.Equal(key.Public()) {
		t.Errorf("peer key: %v", err)
	}
	_, _, err = shake(t, identity.ClientTLS(identity.Pin{1}), identity.ServerTLS(cert))
	if fault.CodeOf(err) != fault.ServerKeyWrong {
		t.Errorf("a strange server: %v", err)
	}
}

func TestTheSameKeyMakesTheSameCertificate(t *testing.T) {
	key := newKey(t)
	again, err := identity.KeyFromSeed(key.Seed())
	if err != nil {
		t.Fatal(err)
	}
	a, err1 := identity.ServerCert(key)
	b, err2 := identity.ServerCert(again)
	if err1 != nil || err2 != nil || string(a.Certificate[0]) != string(b.Certificate[0]) {
		t.Errorf("certificates differ: %v %v", err1, err2)
	}
}

func TestKeysAndTokensComeFromTheRandomnessHandedIn(t *testing.T) {
	none := iotest.ErrReader(errors.New("no randomness"))
	if _, err := identity.NewKey(none); err == nil {
		t.Error("a key of nothing")
	}
	if _, err := identity.NewToken(none); err == nil {
		t.Error("a token of nothing")
	}
	if _, err := identity.KeyFromSeed([]byte("short")); fault.CodeOf(err) != fault.KeyFileUnusable {
		t.Errorf("a short seed: %v", err)
	}
	if _, err := identity.PublicKey([]byte("short")); fault.CodeOf(err) != fault.KeyFileUnusable {
		t.Errorf("a short public key: %v", err)
	}
	key := newKey(t)
	if id := identity.DeviceID(key.Public().(ed25519.PublicKey)); id.IsZero() {
		t.Error("a device without id")
	}
}
