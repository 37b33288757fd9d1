package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/server"
	"dongbo/internal/server/sqlitestore"
)

func init() { commands = append(commands, initCommand) }

// registerFile is the central register inside a server's data folder.
const registerFile = "register.db"

func initCommand(p *program) *cobra.Command {
	var data, name, units string
	c := &cobra.Command{Use: "init", Short: p.text("cmd.init"), RunE: func(*cobra.Command, []string) error {
		return p.initRegister(data, name, units)
	}}
	c.Flags().StringVar(&data, "data", "", p.text("flag.data"))
	c.Flags().StringVar(&name, "name", "", p.text("flag.name"))
	c.Flags().StringVar(&units, "units", "", p.text("flag.units"))
	p.required(c, "data", "name")
	return c
}

func (p *program) initRegister(data, name, unitsFile string) error {
	var rows []server.UnitRow
	if unitsFile != "" {
		f, err := os.Open(unitsFile)
		if err != nil {
			return fault.Wrap(err, "units.unreadable", "path", unitsFile)
		}
		defer f.Close()
		if rows, err = readUnits(f, unitsFile); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fault.Wrap(err, "server.cannot_open", "path", data)
	}
	store, err := sqlitestore.Open(filepath.Join(data, registerFile))
	if err != nil {
		return err
	}
	err = server.Init(store, name, rows, p.env.Now(), p.env.Rand)
	if err == nil {
		p.say("init.done", "name", name, "units", max(len(rows), 1), "data", data)
	}
	return errors.Join(err, store.Close())
}

// readUnits reads units.csv: code,name,kind,parent_code.
func readUnits(in io.Reader, path string) (out []server.UnitRow, err error) {
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, fault.Wrap(err, "units.unreadable", "path", path)
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")] = i
	}
	for _, want := range []string{"code", "name", "kind", "parent_code"} {
		if _, ok := at[want]; !ok {
			return nil, fault.New("units.no_column", "path", path, "column", want)
		}
	}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fault.Wrap(err, "units.unreadable", "path", path)
		}
		field := func(name string) string {
			if i := at[name]; i < len(rec) {
				return strings.TrimSpace(rec[i])
			}
			return ""
		}
		out = append(out, server.UnitRow{Code: field("code"), Name: field("name"), Kind: field("kind"), ParentCode: field("parent_code")})
	}
}

// openServer opens the register of --data.
func (p *program) openServer(data string) (*server.Server, *sqlitestore.Store, error) {
	path := filepath.Join(data, registerFile)
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fault.Wrap(err, "server.missing", "path", data)
	}
	store, err := sqlitestore.Open(path)
	if err != nil {
		return nil, nil, err
	}
	s, err := server.New(store, server.Options{Dir: data, Now: p.env.Now, Rand: p.env.Rand, Log: p.log})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return s, store, nil
}
