package arch

import "strings"

// layer is one row of the import table: a folder, what of ours it may import,
// and why. A folder below a row without a row of its own follows that row.
type layer struct {
	dir  string
	may  string // folders, blank between; "*" means anything
	why  string
	pure bool // no storage, no network, no clock
	calm bool // pure, and draws no random number either
}

const (
	bottom   = "schema assets internal/fault internal/viet internal/allocs"
	values   = bottom + " internal/change internal/merge"
	exchange = values + " internal/wire internal/identity"
	stored   = exchange + " internal/regsql"
)

// layers is the import table, bottom first.
var layers = []layer{
	{dir: "schema", why: "it is the one declaration that everything follows from", pure: true},
	{dir: "assets", why: "it is data with an address", pure: true},
	{dir: "internal/fault", why: "every layer reports errors with it", pure: true},
	{dir: "internal/allocs", why: "any decoder's tests ask it", pure: true, calm: true},
	{dir: "internal/viet", may: "internal/allocs", why: "it knows the Vietnamese language and nothing else", pure: true},
	{dir: "internal/badlink", why: "a line knows nothing of what it carries"},
	{dir: "internal/synth", may: "assets internal/viet", why: "synthetic people must not bend to the code they test"},

	{dir: "internal/change", may: bottom, why: "a change is a pure value", pure: true, calm: true},
	{dir: "internal/merge", may: bottom + " internal/change", why: "the simulator runs merges by the million", pure: true, calm: true},
	{dir: "internal/finding", may: values, why: "the server, a replica's own hints and the screens must find the same", pure: true, calm: true},
	{dir: "internal/wire", may: values, why: "the line, the cable and the stick encode alike", pure: true, calm: true},
	{dir: "internal/identity", may: "internal/allocs internal/change internal/fault", why: "keys and codes know no table"},
	{dir: "internal/regsql", may: "schema internal/change internal/merge internal/fault", why: "the replica and the server's store share it"},

	{dir: "internal/outfile", may: "internal/fault internal/viet", why: "whatever leaves the register leaves it whole and locked, be it what it may"},

	{dir: "internal/replica", may: stored + " internal/outfile internal/finding", why: "a replica knows no server"},
	{dir: "internal/server", may: stored + " internal/finding", why: "the server knows no replica, and no store but its own interface"},
	{dir: "internal/server/sqlitestore", may: stored + " internal/server", why: "a store sees the server's interface only"},
	{dir: "internal/server/memstore", may: values + " internal/server", why: "a store that needs to last no longer than its process needs no file"},
	{dir: "internal/server/storetest", may: stored + " internal/server internal/synth", why: "the conformance suite favours no store"},
	{dir: "internal/server/serve", may: stored + " internal/server", why: "the front of the server must work with any store"},

	{dir: "internal/agent", may: exchange + " internal/replica", why: "the agent meets the server on the wire only"},
	{dir: "internal/union", may: values, why: "the officers' rules know neither storage nor screens", pure: true},
	{dir: "internal/unionstore", may: values + " internal/union internal/replica", why: "queries run on a replica"},
	{dir: "internal/sheet", may: values + " internal/union internal/outfile", why: "a spreadsheet is read without touching a replica", pure: true},
	{dir: "internal/report", may: values + " internal/union internal/unionstore internal/replica", why: "reports read, and no more"},
	{dir: "internal/bundle", may: exchange + " internal/replica", why: "a stick carries what the line carries"},

	{dir: "internal/crash", why: "the model of a disk must not know whose files it tears"},
	{dir: "internal/benchtool", may: "*", why: "the benchmark runs both sides in one process"},
	{dir: "internal/soak", may: "*", why: "the harness starts both sides and reads their files"},
	{dir: "internal/soak/check", why: "a judge that shares code with the accused proves nothing", pure: true, calm: true},
	{dir: "internal/sim", may: "*", why: "the simulator plays both sides"},
	{dir: "internal/skew", may: "*", why: "its tests run both sides, as programs of several releases"},
	{dir: "app/present", may: exchange + " internal/finding internal/replica internal/agent internal/union internal/unionstore internal/sheet internal/report internal/bundle",
		why: "presenters see the office's side only"},
	{dir: "app/ui", may: values + " internal/union app/present", why: "screens show what presenters give them"},
	{dir: "app", may: "*", why: "main wires everything"},
	{dir: "syncd", may: "*", why: "the command wires everything"},
	{dir: "internal/arch", why: "it reads the tree, it does not use it"},
}

// owners says who alone may import a library from outside.
var owners = []struct{ lib, dirs, why string }{
	{"fyne.io/fyne/v2/app", "app", "it needs cgo and OpenGL, and every other package must build without"},
	{"fyne.io/fyne/v2", "app app/ui", "a toolkit that leaks below the screens cannot be tested without them"},
	{"github.com/spf13/cobra", "syncd", "commands end where main ends"},
	{"filippo.io/age", "internal/outfile", "one place says how hard a password is made to guess"},
	{"github.com/xuri/excelize/v2", "internal/sheet internal/synth internal/report", "spreadsheets have one door"},
}

// impure are the imports that a pure layer may not have; net/url, net/netip and
// net/mail only parse text.
var impure = []string{"database/sql", "net", "net/http", "net/rpc", "net/smtp", "os/exec", "syscall", "modernc.org/sqlite"}

// dice are the imports that a calm layer may not have besides.
var dice = []string{"math/rand", "math/rand/v2", "crypto/rand", "hash/maphash"}

// clocks are the functions of package time that ask or wait for a clock.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

const (
	maxFunc = 70
	maxFile = 600
)

// layerOf gives the row for a folder: its own or that of the nearest folder above.
func layerOf(dir string) (layer, bool) {
	best, found := layer{}, false
	for _, l := range layers {
		if under(dir, l.dir) && len(l.dir) >= len(best.dir) {
			best, found = l, true
		}
	}
	return best, found
}

// under tells whether dir is top or lies below it.
func under(dir, top string) bool {
	return dir == top || strings.HasPrefix(dir, top+"/")
}

// allows tells whether the layer may import the folder dir of ours.
func (l layer) allows(dir string) bool {
	target, ok := layerOf(dir)
	if !ok {
		return true // the folder itself is reported
	}
	if l.may == "*" || target.dir == l.dir {
		return true
	}
	return contains(strings.Fields(l.may), target.dir)
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}
