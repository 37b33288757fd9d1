package sheet

import (
	"bytes"
	"errors"
	"io"

	"dongbo/internal/fault"
)

// What a file may make us hold at one time, beside its Limits. No list that a
// person or a spreadsheet program made comes near.
const (
	maxPiece  = 256 << 10 // bytes of one record of separated values, or of one tag or text of XML
	maxParts  = 1 << 13   // files in a workbook's zip
	maxStyles = 1 << 16   // fonts, formats and styles of a workbook, each; Excel's own limit is lower
	maxOLE    = 8         // places where a protected workbook names its two streams
)

// pieces is a reader that ends with an error where one piece goes on for too
// long: the parsers hold a piece whole before anybody can look at it.
type pieces struct {
	r    io.Reader
	left int
}

func newPieces(r io.Reader) *pieces { return &pieces{r, maxPiece} }

// next begins another piece.
func (p *pieces) next() { p.left = maxPiece }

func (p *pieces) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, tooBig("", "bytes", maxPiece)
	}
	n, err := p.r.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// orTruncated keeps an error of ours; any other says that the file broke off.
func orTruncated(err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return err
	}
	return fault.Wrap(err, fault.SheetTruncated)
}

// tooManyParts counts a zip file's directory before the library makes room for
// it: an entry of 46 bytes becomes several hundred.
func tooManyParts(data []byte) bool { return bytes.Count(data, []byte("PK\x01\x02")) > maxParts }

// tooManyStreams looks for a directory that names one stream many times: the
// library reads each as large as the file.
func tooManyStreams(data []byte) bool {
	return bytes.Count(data, utf16le("EncryptedPackage")) > maxOLE || bytes.Count(data, utf16le("EncryptionInfo")) > maxOLE
}
