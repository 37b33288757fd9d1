package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"dongbo/internal/fault"
	"dongbo/internal/outfile"
)

// fromTerminal as the name of the password's file means standard input.
const fromTerminal = "-"

// mostLine is more than any password has, in bytes.
const mostLine = 4096

func (p *program) passwordFlag(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "password-file", "", p.text("flag.password_file"))
}

// newPassword reads the password that a file is to be locked with; empty where
// none is asked for. Typed blindly, it is typed twice.
func (p *program) newPassword(file string) (string, error) {
	password, err := p.password(file)
	if err != nil || file == "" {
		return "", err
	}
	if err := outfile.CheckPassword(password); err != nil {
		return "", err
	}
	if file == fromTerminal && term.IsTerminal(int(p.in.Fd())) {
		again, err := p.ask("password.again")
		if err != nil {
			return "", err
		}
		if again != password {
			return "", fault.New("password.differs")
		}
	}
	return password, nil
}

// password reads the password of a file that is already locked. It never comes
// from the command line, which every program on the computer can read.
func (p *program) password(file string) (string, error) {
	switch {
	case file == "":
		return "", nil
	case file != fromTerminal:
		f, err := os.Open(file)
		if err != nil {
			return "", fault.Wrap(err, "password.unreadable", "path", file)
		}
		defer f.Close()
		return firstLine(f, file)
	case term.IsTerminal(int(p.in.Fd())):
		return p.ask("password.ask")
	}
	return firstLine(p.in, file)
}

func (p *program) ask(key string) (string, error) {
	fmt.Fprint(p.errOut, p.text(key), " ")
	line, err := term.ReadPassword(int(p.in.Fd()))
	fmt.Fprintln(p.errOut)
	if err != nil {
		return "", fault.Wrap(err, "password.unreadable", "path", fromTerminal)
	}
	return firstLine(strings.NewReader(string(line)), fromTerminal)
}

// firstLine takes the first line without its end, and without the mark that
// Windows puts before UTF-8. Blanks are part of a password.
func firstLine(r io.Reader, name string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, mostLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault.Wrap(err, "password.unreadable", "path", name)
	}
	line = strings.TrimRight(strings.TrimPrefix(line, "\ufeff"), "\r\n")
	if line == "" || !utf8.ValidString(line) {
		return "", fault.New("password.unreadable", "path", name)
	}
	return line, nil
}
