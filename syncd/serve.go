package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/server/serve"
)

func init() { commands = append(commands, serveCommand) }

func serveCommand(p *program) *cobra.Command {
	var data, listen string
	c := &cobra.Command{Use: "serve", Short: p.text("cmd.serve"), RunE: func(c *cobra.Command, _ []string) error {
		return p.serve(c.Context(), data, listen)
	}}
	c.Flags().StringVar(&data, "data", "", p.text("flag.data"))
	c.Flags().StringVar(&listen, "listen", ":8443", p.text("flag.listen"))
	p.required(c, "data")
	return c
}

func (p *program) serve(ctx context.Context, data, listen string) error {
	s, store, err := p.openServer(data)
	if err != nil {
		return err
	}
	if _, err := p.eraseAgain(s, data); err != nil { // before anybody is sent what a backup brought back
		return errors.Join(err, store.Close())
	}
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(fault.Wrap(err, "server.listen", "address", listen), store.Close())
	}
	url := "https://" + reachable(ln.Addr().(*net.TCPAddr))
	if err := s.SetURL(url); err != nil {
		return errors.Join(err, ln.Close(), store.Close())
	}
	fmt.Fprintf(p.out, "ready %s\n", url) // a contract: programs wait for this line
	return errors.Join(serve.Serve(ctx, s, ln), store.Close())
}

// reachable is the address under which other computers reach a listener: its
// own, or this computer's name where it listens everywhere.
func reachable(a *net.TCPAddr) string {
	host := a.IP.String()
	if a.IP.IsUnspecified() {
		host = "localhost"
		if name, err := os.Hostname(); err == nil {
			if _, err := net.LookupHost(name); err == nil {
				host = name
			}
		}
	}
	return net.JoinHostPort(host, fmt.Sprint(a.Port))
}
