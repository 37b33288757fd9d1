package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"dongbo/internal/fault"
)

func TestAnErrorSpeaksTheReadersLanguage(t *testing.T) {
	err := fmt.Errorf("import: %w", fault.Wrap(io.ErrUnexpectedEOF, fault.SheetTruncated, "file", "ds.xlsx"))
	if got := fault.Sentence("vi_VN", err); got != "Tệp ds.xlsx bị hỏng hoặc chép chưa hết." {
		t.Errorf("got %q", got)
	}
	if got := fault.Sentence("en", err); !strings.Contains(got, "ds.xlsx is damaged") {
		t.Errorf("got %q", got)
	}
	if fault.Hint("vi", err) == "" || fault.CodeOf(err) != fault.SheetTruncated || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("hint, code or cause is lost: %v", err)
	}
	if !errors.Is(err, fault.New(fault.SheetTruncated)) {
		t.Error("errors.Is must compare codes")
	}
}

func TestAnArgumentMayBeAWordOfItsOwn(t *testing.T) {
	err := fault.New("row.wrong_length", "field", fault.Word("field.phone"), "value", "12")
	if got := fault.Sentence("vi", err); got != "Điện thoại: “12” sai số chữ số." {
		t.Errorf("got %q", got)
	}
}

func TestAnErrorWithoutCodeIsInternal(t *testing.T) {
	if fault.CodeOf(nil) != "" || fault.CodeOf(io.EOF) != fault.Internal || strings.Contains(fault.Sentence("en", io.EOF), "EOF") {
		t.Error("people must not be shown the text of a foreign error")
	}
	if fault.Sentence("vi", nil) != "" || fault.Wrap(nil, fault.Internal) != nil {
		t.Error("no error says nothing")
	}
	if got := fault.Sentence("en", fault.New("never.heard_of")); got != "Error never.heard_of." {
		t.Errorf("a newer program's code must still show: %q", got)
	}
}
