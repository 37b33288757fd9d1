package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

// speak puts help and the library's own errors into the reader's language. The
// language of help is the environment's, for flags are not read yet.
func (p *program) speak(root *cobra.Command) {
	root.SetUsageTemplate(p.usageTemplate())
	root.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, Args: cobra.ArbitraryArgs, RunE: func(_ *cobra.Command, args []string) error {
		c, _, err := root.Find(args)
		if err != nil {
			return usage(err)
		}
		return c.Help()
	}})
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(p.flagError(err)) })
	root.Flags().BoolP("version", "v", false, p.text("flag.version"))
	p.speakOf(root)
}

func (p *program) speakOf(c *cobra.Command) {
	c.DisableFlagsInUseLine = true
	c.Flags().BoolP("help", "h", false, p.text("flag.help"))
	for _, below := range c.Commands() {
		p.speakOf(below)
	}
}

func (p *program) usageTemplate() string {
	t := `{usage}
{{if .HasAvailableSubCommands}}  {{.CommandPath}} {command}{{else}}  {{.UseLine}} {options}{{end}}{{if .HasAvailableSubCommands}}

{commands}{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

{flags}
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

{global}
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

{more}{{end}}
`
	for _, part := range []string{"usage", "command", "options", "commands", "flags", "global", "more"} {
		t = strings.ReplaceAll(t, "{"+part+"}", p.text("cmd.help."+part))
	}
	return t
}

// flagError says what the flag library says in English only.
func (p *program) flagError(err error) error {
	var named interface{ GetSpecifiedName() string }
	var bad interface{ GetValue() string }
	text := err.Error()
	switch {
	case errors.As(err, &bad):
		_, flag, _ := strings.Cut(text, `for "`)
		flag, _, _ = strings.Cut(flag, `"`)
		return errors.New(p.text("cmd.flag.bad_value", "value", bad.GetValue(), "flag", flag))
	case !errors.As(err, &named):
		return err
	}
	flag := "--" + named.GetSpecifiedName()
	if !strings.Contains(text, flag) {
		flag = flag[1:]
	}
	if strings.HasPrefix(text, "unknown") {
		return errors.New(p.text("cmd.flag.unknown", "flag", flag))
	}
	return errors.New(p.text("cmd.flag.needs_value", "flag", flag))
}
