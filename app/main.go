// Command dongbo is the office's window on its replica. main wires: it opens
// the file, runs the agent where no daemon does, and gives both to app/ui. It
// alone imports fyne/v2/app, which needs cgo and OpenGL.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"dongbo/app/present"
	"dongbo/app/ui"
	"dongbo/assets"
	"dongbo/internal/replica"
)

// version is set by the build.
var version = "dev"

// pace is left between two of our write transactions that follow each other, so
// that a daemon on the same file has its turn.
const pace = 20 * time.Millisecond

// appID names the program to desktops and to the toolkit's settings.
const appID = "vn.dongbo.desktop"

func main() { os.Exit(run()) }

func run() int {
	language := assets.LanguageOf(os.Getenv)
	path := flag.String("replica", os.Getenv("DONGBO_REPLICA"), assets.Text(language, "app.flag.replica", nil))
	flag.StringVar(&language, "lang", language, assets.Text(language, "app.flag.lang", nil))
	flag.Parse()
	if *path == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "dongbo:", assets.Text(language, "app.no_replica", nil))
		return 2
	}
	desk := &present.Desk{Lang: language, Now: time.Now}
	a := app.NewWithID(appID)
	r, err := replica.Open(*path, replica.Env{Now: time.Now, Rand: rand.Reader, Pace: pace})
	if err != nil {
		fmt.Fprintln(os.Stderr, "dongbo:", desk.Say(err))
		ui.Failed(a, desk, err)
		return 1
	}
	desk.R = r
	return show(a, desk)
}

// show runs the window until it is closed, then waits for the agent to leave
// the file in order.
func show(a fyne.App, desk *present.Desk) int {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, stop := context.WithCancel(context.Background())
	helper := startAgent(ctx, desk.R, log)
	w := ui.New(a, ui.Options{Desk: desk, Syncer: helper})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if err := w.Watch(ctx); err != nil {
			log.Error("watching the replica ended", "error", err)
		}
	}()
	w.Show()
	a.Run()
	stop()
	w.End()
	<-helper.done
	<-watched
	if err := desk.R.Close(); err != nil {
		log.Error("closing the replica", "error", err)
		return 1
	}
	return 0
}
