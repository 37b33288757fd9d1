package sheet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"dongbo/internal/fault"
	"dongbo/internal/outfile"
	"dongbo/internal/viet"

	"github.com/xuri/excelize/v2"
)

// Target is where a table goes and how: .csv or else .xlsx by its name.
type Target struct {
	Path string
	// Password protects what is written. A workbook then asks for it in Excel
	// and LibreOffice; a .csv has no such thing and becomes a locked .csv.age.
	Password string
}

const locked = ".age"

// File is the path of the file that is written.
func (t Target) File() string {
	if t.Password != "" && strings.EqualFold(filepath.Ext(t.Path), ".csv") {
		return t.Path + locked
	}
	return t.Path
}

func (t Target) isCSV() bool {
	name := strings.ToLower(t.Path)
	return strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".csv"+locked)
}

// create writes the file whole or not at all.
func (t Target) create(ctx context.Context, write func(io.Writer) error) error {
	path := t.File()
	if t.Password != "" || strings.HasSuffix(path, locked) {
		if err := outfile.CheckPassword(t.Password); err != nil {
			return err
		}
	}
	err := outfile.Create(ctx, path, outfile.Options{Mode: 0o640}, func(w io.Writer) error {
		if t.Password == "" || !t.isCSV() {
			return write(w)
		}
		lock, err := outfile.Lock(w, t.Password)
		if err != nil {
			return err
		}
		if err := write(lock); err != nil {
			return err
		}
		return lock.Close()
	})
	var e *fault.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return fault.Wrap(err, fault.SheetCannotWrite, "file", filepath.Base(path))
}

// newWorkbook begins a workbook. The library puts what goes over 16 MB into a
// temporary file, plain, and keeps it in memory where it cannot make one: what
// will be protected takes that way.
func (t Target) newWorkbook() *excelize.File {
	if t.Password == "" {
		return excelize.NewFile()
	}
	return excelize.NewFile(excelize.Options{TmpDir: filepath.Join(os.DevNull, "none")})
}

// finish writes the workbook out. What the library writes under a password is
// ECMA-376 "standard" encryption: AES-128, and 50,000 rounds of SHA-1 between
// the password and the key. Any Excel since 2007 opens it; it is as good as
// the password, hence the least length.
func (t Target) finish(f *excelize.File, w io.Writer) error {
	_, err := f.WriteTo(w, excelize.Options{Password: viet.NFC(t.Password)})
	return err
}

// unlock opens a locked file in memory.
func unlock(data []byte, password string) ([]byte, error) {
	if password == "" {
		return nil, fault.New(fault.SheetPassword)
	}
	r, err := outfile.Unlock(bytes.NewReader(data), password)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// unprotectWorkbook opens a workbook under a password, as NFC or as it was
// typed. The library does not tell a wrong one: what it then gives is noise,
// and no zip file.
func unprotectWorkbook(data []byte, password string) ([]byte, error) {
	if err := oleFault(data); !errors.Is(err, fault.New(fault.SheetPassword)) || password == "" {
		return nil, err
	}
	if tooManyStreams(data) {
		return nil, fault.New(fault.SheetTruncated)
	}
	for _, p := range []string{viet.NFC(password), password} {
		plain, err := excelize.Decrypt(data, &excelize.Options{Password: p})
		if err != nil {
			return nil, fault.Wrap(err, fault.SheetTruncated)
		}
		if bytes.HasPrefix(plain, []byte("PK\x03\x04")) {
			return plain, nil
		}
	}
	return nil, fault.New("password.wrong")
}

// oleFault tells a protected workbook from one of before 2007: both are OLE
// files, whose directory names its streams in UTF-16.
func oleFault(data []byte) error {
	if bytes.Contains(data, utf16le("EncryptedPackage")) {
		return fault.New(fault.SheetPassword)
	}
	if bytes.Contains(data, utf16le("Workbook")) || bytes.Contains(data, utf16le("Book")) {
		return fault.New(fault.SheetOldFormat)
	}
	return fault.New(fault.SheetNotSpreadsheet)
}

func utf16le(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := 0; i < len(s); i++ {
		b = append(b, s[i], 0)
	}
	return b
}
