package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/outfile"
	"dongbo/internal/replica"
)

func init() { commands = append(commands, backupCommand) }

// backupSuffix ends the name of a backup: a locked file of a zstd stream of the
// replica's pages.
const backupSuffix = ".dongbo"

// backupJob is one run of syncd backup, either way.
type backupJob struct {
	p                              *program
	replica, passwordFile, restore string
}

func backupCommand(p *program) *cobra.Command {
	j := &backupJob{p: p}
	c := &cobra.Command{Use: "backup OUT" + backupSuffix, Short: p.text("cmd.backup"), Long: p.text("backup.help")}
	f := c.Flags()
	f.StringVar(&j.replica, "replica", "", p.text("flag.replica"))
	f.StringVar(&j.restore, "restore", "", p.text("flag.restore"))
	p.passwordFlag(c, &j.passwordFile)
	p.required(c, "replica", "password-file")
	one := p.oneArgument("OUT" + backupSuffix)
	c.Args = func(c *cobra.Command, args []string) error {
		if j.restore != "" {
			return cobra.NoArgs(c, args)
		}
		return one(c, args)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if j.restore != "" {
			return j.bringBack(c.Context())
		}
		return j.put(c.Context(), args[0])
	}
	return c
}

// put writes the replica, locked, to out.
func (j *backupJob) put(ctx context.Context, out string) error {
	if !strings.EqualFold(filepath.Ext(out), backupSuffix) { // a slip must not hit the replica
		return usage(errors.New(j.p.text("backup.name", "path", out)))
	}
	password, err := j.p.newPassword(j.passwordFile)
	if err != nil {
		return err
	}
	r, err := j.p.openReplica(j.replica)
	if err != nil {
		return err
	}
	defer r.Close()
	err = outfile.Create(ctx, out, outfile.Options{Mode: 0o600}, func(w io.Writer) error {
		return pack(w, password, r.WriteCopy)
	})
	if err != nil {
		return orFault(err, "backup.cannot_write", out)
	}
	j.p.say("backup.done", "path", out)
	return nil
}

// pack compresses and locks what write writes.
func pack(w io.Writer, password string, write func(io.Writer) error) error {
	lock, err := outfile.Lock(w, password)
	if err != nil {
		return err
	}
	z, err := zstd.NewWriter(lock, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	if err := write(z); err != nil {
		return errors.Join(err, z.Close())
	}
	if err := z.Close(); err != nil {
		return err
	}
	return lock.Close()
}

// bringBack makes a replica of a backup.
func (j *backupJob) bringBack(ctx context.Context) error {
	password, err := j.p.password(j.passwordFile)
	if err != nil {
		return err
	}
	f, err := os.Open(j.restore)
	if err != nil {
		return fault.Wrap(err, "backup.unreadable", "file", j.restore)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if head, _ := in.Peek(64); !outfile.IsLocked(head) {
		return fault.New("backup.foreign", "file", j.restore)
	}
	plain, err := outfile.Unlock(in, password)
	if err != nil {
		return orFault(err, "backup.unreadable", j.restore)
	}
	pages := &unpacking{file: j.restore}
	if pages.z, err = zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20)); err != nil {
		return err
	}
	defer pages.z.Close()
	if err := replica.Restore(ctx, j.replica, pages); err != nil {
		return err
	}
	j.p.say("backup.restored", "path", j.replica)
	j.p.say("backup.sync_first")
	return nil
}

// unpacking says of an error on the way that the backup is at fault, and not
// the place where it goes.
type unpacking struct {
	z    *zstd.Decoder
	file string
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if err != nil && err != io.EOF {
		err = fault.Wrap(err, "backup.unreadable", "file", u.file)
	}
	return n, err
}

// orFault keeps an error that is ours, with the file's name where it has none,
// and makes ours of any other.
func orFault(err error, code fault.Code, file string) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return fault.Wrap(err, code, "file", file)
	}
	if e.Args == nil {
		e.Args = map[string]any{}
	}
	if e.Args["file"] == nil {
		e.Args["file"] = file
	}
	return err
}
