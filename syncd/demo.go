package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
)

func init() { commands = append(commands, demoCommand) }

func demoCommand(p *program) *cobra.Command {
	var keep string
	c := &cobra.Command{Use: "demo", Short: p.text("cmd.demo"), RunE: func(c *cobra.Command, _ []string) error {
		return p.demo(c.Context(), keep)
	}}
	c.Flags().StringVar(&keep, "keep", "", p.text("flag.keep"))
	return c
}

// demo tells the story in acts; each is a step of story.go and demo_acts.go.
func (p *program) demo(ctx context.Context, keep string) (err error) {
	s, err := newStory(ctx, p, keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for i, act := range []func() error{
		s.openRegister, s.enrolEverybody, s.importLists, s.firstExchange, s.cutTheLine, s.editApart,
		s.bringBackTheLine, s.showConflicts, s.settleConflicts, s.lastExchange, s.compareDigests, s.accountForEveryValue,
	} {
		if err := act(); err != nil {
			return fmt.Errorf("act %d: %w", i+1, err)
		}
	}
	s.tell("story.end", "seconds", int(p.env.Now().Sub(s.began).Seconds()))
	return nil
}

// workFolder is --keep, which must be empty, or a folder that goes at the end.
func workFolder(keep string) (dir string, clean func() error, err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "dongbo-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(keep, 0o700); err != nil {
		return "", nil, fault.Wrap(err, "server.cannot_open", "path", keep)
	}
	entries, err := os.ReadDir(keep)
	if err != nil {
		return "", nil, fault.Wrap(err, "server.cannot_open", "path", keep)
	}
	if len(entries) > 0 {
		return "", nil, fault.New("demo.not_empty", "path", keep)
	}
	return keep, func() error { return nil }, nil
}
