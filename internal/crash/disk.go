package crash

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// Image is a folder's files: what a program finds when it opens the folder.
type Image map[string][]byte

// Load reads a folder into an image.
func Load(dir string) (Image, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	im := Image{}
	for _, e := range entries {
		if !Kept(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if im[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return im, nil
}

// Save writes the image into an existing folder.
func (im Image) Save(dir string) error {
	for name, data := range im {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Kept tells whether a file belongs to an image. The index of a write-ahead
// log is shared memory that its last user left behind: SQLite makes it anew
// from the log when it opens a file that nobody uses.
func Kept(name string) bool { return !strings.HasSuffix(name, "-shm") }

// Disk is a folder as two worlds see it: the processes that use it (now), and
// the disk if the power went (safe). In between lies what nobody synced.
type Disk struct {
	now, safe map[string]*file
	loose     []entry // of the folder: names made, moved and removed since it was synced

	changes, syncs, links int // how often now, safe and the names became something else
}

type file struct {
	now, safe []byte
	loose     []piece
}

// piece is a write since the file was synced, or a truncation.
type piece struct {
	at   int64
	data []byte
	cut  bool
}

// entry gives name a file, or none.
type entry struct {
	name string
	file *file
}

// NewDisk is a disk that holds the image safely.
func NewDisk(im Image) *Disk {
	d := &Disk{now: map[string]*file{}}
	for name, data := range im {
		d.now[name] = &file{now: slices.Clone(data), safe: slices.Clone(data)}
	}
	d.safe = maps.Clone(d.now)
	return d
}

// Do carries out an operation.
func (d *Disk) Do(o Op) {
	f := d.now[o.Name]
	if o.Kind == Sync {
		d.syncs++
	} else if o.Kind != Open || f == nil {
		d.changes++
	}
	switch o.Kind {
	case Open:
		if f == nil {
			d.link(o.Name, &file{})
		}
	case Remove:
		d.link(o.Name, nil)
	case Rename:
		d.link(o.To, f)
		d.link(o.Name, nil)
	case Write:
		f.do(piece{at: o.Off, data: o.Data})
	case Truncate:
		f.do(piece{at: o.Off, cut: true})
	case Sync:
		if o.Name == "" {
			d.safe, d.loose = maps.Clone(d.now), nil
		} else {
			f.safe, f.loose = slices.Clone(f.now), nil
		}
	}
}

func (d *Disk) link(name string, f *file) {
	d.links++
	d.loose = append(d.loose, entry{name, f})
	put(d.now, name, f)
}

func put(names map[string]*file, name string, f *file) {
	if f == nil {
		delete(names, name)
	} else {
		names[name] = f
	}
}

func (f *file) do(p piece) {
	f.now = p.on(f.now)
	f.loose = append(f.loose, p)
}

// on lays the piece on a content; a gap is zeros.
func (p piece) on(b []byte) []byte {
	end := p.at + int64(len(p.data))
	if grow := end - int64(len(b)); grow > 0 {
		b = append(b, make([]byte, grow)...)
	}
	if p.cut {
		return b[:p.at]
	}
	copy(b[p.at:], p.data)
	return b
}

// Killed is the folder after every process died: the kernel keeps what it was
// told.
func (d *Disk) Killed() Image {
	im := Image{}
	for name, f := range d.now {
		im[name] = slices.Clone(f.now)
	}
	return im
}

// Torn is the folder after the machine died in the middle of the write o, its
// last: only the first sectors arrived. Nil where o is too short for that.
func (d *Disk) Torn(o Op) Image {
	half := len(o.Data) / 2 / sector * sector
	if o.Kind != Write || half == 0 {
		return nil
	}
	im := d.Killed()
	f := d.now[o.Name]
	b := slices.Clone(f.safe)
	for _, p := range f.loose[:len(f.loose)-1] {
		b = p.on(b)
	}
	im[o.Name] = piece{at: o.Off, data: o.Data[:half]}.on(b)
	return im
}

// Strict is the folder after a power cut on a disk that keeps what was synced
// and nothing else: neither bytes nor names.
func (d *Disk) Strict() Image {
	im := Image{}
	for name, f := range d.safe {
		im[name] = slices.Clone(f.safe)
	}
	return im
}

// Named is the folder after a power cut on a file system that had written down
// its names, but not the bytes: the file that is there and empty.
func (d *Disk) Named() Image {
	im := Image{}
	for name, f := range d.now {
		im[name] = slices.Clone(f.safe)
	}
	return im
}

// Scattered is the folder after a power cut on a disk that was busy writing
// in an order of its own: of what was not synced some sectors arrived, and of
// the names the first few (file systems keep the order of those).
func (d *Disk) Scattered(dice *rand.Rand) Image {
	names := maps.Clone(d.safe)
	for _, e := range d.loose[:dice.IntN(len(d.loose)+1)] {
		put(names, e.name, e.file)
	}
	im := Image{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		im[name] = names[name].scattered(dice)
	}
	return im
}

func (f *file) scattered(dice *rand.Rand) []byte {
	b := slices.Clone(f.safe)
	for _, p := range f.loose {
		switch dice.IntN(4) {
		case 0: // lost
		case 1:
			b = p.some(b, dice)
		default:
			b = p.on(b)
		}
	}
	return b
}

// some lays some sectors of the piece on a content.
func (p piece) some(b []byte, dice *rand.Rand) []byte {
	for from := 0; from < len(p.data); from += sector {
		if dice.IntN(2) == 0 {
			continue
		}
		to := min(from+sector, len(p.data))
		b = piece{at: p.at + int64(from), data: p.data[from:to]}.on(b)
	}
	return b
}

// version numbers what a way to die leaves: the same number, the same images.
func (d *Disk) version(c Cut) string {
	switch c {
	case Strict:
		return fmt.Sprint(d.syncs)
	case Named:
		return fmt.Sprint(d.syncs, ".", d.links)
	case Scattered:
		return fmt.Sprint(d.syncs, ".", d.changes)
	}
	return fmt.Sprint(d.changes)
}

// differs tells whether this way to die leaves anything else than a milder one.
func (d *Disk) differs(c Cut, last Op) bool {
	switch c {
	case Strict, Scattered:
		return d.unsynced()
	case Named:
		return len(d.loose) > 0
	case Torn:
		return last.Kind == Write && len(last.Data) >= 2*sector
	}
	return true
}

func (d *Disk) unsynced() bool {
	if len(d.loose) > 0 {
		return true
	}
	for _, f := range d.now {
		if len(f.loose) > 0 {
			return true
		}
	}
	return false
}
