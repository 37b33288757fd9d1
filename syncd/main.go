// Command syncd is the synchroniser: the central server, the daemon beside a
// replica, and everything an officer, a script or an administrator asks of
// either from a terminal. One file a command; main wires and turns errors into
// sentences and exit codes.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"dongbo/assets"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// version is set by the build.
var version = "dev"

// Exit codes, a contract with scripts.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitNoLine = 3 // no line now; kept for later
	exitPerson = 4 // done, and something new needs a person
)

// pace is left between two of our write transactions on a replica.
const pace = 20 * time.Millisecond

// exit is an outcome that is no error but has a code of its own.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// program is what every command has at hand.
type program struct {
	in          *os.File
	out, errOut io.Writer
	lang        string
	env         replica.Env
	log         *slog.Logger
}

func main() {
	ignoreFileSizeSignal()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{in: os.Stdin, out: os.Stdout, errOut: os.Stderr, lang: assets.LanguageOf(os.Getenv),
		env: replica.Env{Now: time.Now, Rand: rand.Reader, Pace: pace},
		log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	slog.SetDefault(p.log)
	os.Exit(p.run(ctx, os.Args[1:]))
}

// run executes one command line and returns its exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetOut(p.out)
	root.SetErr(p.errOut)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	}
	var use *usageError
	if errors.As(err, &use) {
		fmt.Fprintln(p.errOut, "syncd:", use.Error())
		fmt.Fprintln(p.errOut, p.text("cmd.try_help"))
		return exitUsage
	}
	p.tell(err)
	return exitFailed
}

// tell prints an error as a person reads it: what and where, then what to do.
func (p *program) tell(err error) {
	fmt.Fprintln(p.errOut, "syncd:", fault.Sentence(p.lang, err))
	if hint := fault.Hint(p.lang, err); hint != "" {
		fmt.Fprintln(p.errOut, "       ", hint)
	}
	p.log.Debug("failed", "error", err)
	if fault.CodeOf(err) == fault.Internal {
		fmt.Fprintln(p.errOut, "        [", err, "]")
	}
}

func (p *program) text(key string, args ...any) string {
	m := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return assets.Text(p.lang, key, m)
}

func (p *program) say(key string, args ...any) { fmt.Fprintln(p.out, p.text(key, args...)) }

func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// usageError is a wrong command line: exit code 2.
type usageError struct{ error }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{Use: "syncd", Short: p.text("cmd.syncd"), Version: version,
		SilenceErrors: true, SilenceUsage: true, Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("%s: %s", p.text("cmd.unknown"), args[0]))
			}
			return c.Help()
		}}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&p.lang, "lang", p.lang, p.text("flag.lang"))
	for _, make := range commands {
		c := make(p)
		if c.Args == nil {
			c.Args = cobra.NoArgs
		}
		args := c.Args
		c.Args = func(c *cobra.Command, a []string) error { return usage(args(c, a)) }
		root.AddCommand(c)
	}
	p.speak(root)
	return root
}

// commands are all commands, in the order of --help; each stands in its file.
var commands = []func(*program) *cobra.Command{}

// required marks flags without which a command cannot run.
func (p *program) required(c *cobra.Command, names ...string) {
	pre := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		for _, n := range names {
			if f := c.Flags().Lookup(n); f == nil || f.Value.String() == "" {
				return usage(fmt.Errorf("%s --%s", p.text("cmd.missing_flag"), n))
			}
		}
		if pre != nil {
			return pre(c, args)
		}
		return nil
	}
}

// openReplica opens the replica of --replica.
func (p *program) openReplica(path string) (*replica.Replica, error) {
	return replica.Open(path, p.env)
}
