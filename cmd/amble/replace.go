package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
)

// oneCrawlFile is the rule of commands whose argument is a crawl file.
func oneCrawlFile(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("no crawl file: name one, such as example.com-20260102-150405.db")
	case 1:
		return nil
	}
	return usage("one crawl file at a time: %s and %s are two", quote(args[0]), quote(args[1]))
}

// untilInterrupted is ctx, ended by a signal that ends the command: so that it can take away what it has half-written.
func untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	heeded := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as it is under nohup
		heeded = append(heeded, syscall.SIGHUP)
	}
	return signal.NotifyContext(ctx, heeded...)
}

func interrupted(output string) error {
	return &exitError{exitInterrupted, fmt.Errorf("interrupted: %s is as it was", output)}
}

// replaceFile writes the file of --output whole or not at all: beside its place, into which it then moves.
func replaceFile(ctx context.Context, name string, write func(context.Context, io.Writer) error) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	if at, err := os.Stat(name); err == nil && !at.Mode().IsRegular() {
		return usage("--output %s: there is something of that name that is no file", name)
	}
	if err := keepCrawlFiles("output", name); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return usage("--output %s cannot be written: %w", name, cause(err))
	}
	err = write(ctx, temp)
	err = errors.Join(err, temp.Chmod(0o644), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		os.Remove(temp.Name())
		if ctx.Err() != nil {
			return interrupted(name)
		}
		return stuck(fmt.Errorf("--output %s: %w", name, cause(err)))
	}
	return nil
}
