package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// job is a crawl that a crawler is to make.
type job struct {
	url    string // of the first page
	origin string // http://host:port/
	suffix string // that paths of pages end in; empty if all are pages
	dir    string // its own, empty
}

// peer is a crawler: how it is had, and how it is told to make a crawl.
type peer struct {
	name string
	get  func(ctx context.Context, e *bench) (path string, err error)
	args func(j job) []string
}

// bench is where the harness works.
type bench struct {
	dir string // temporary
	src string // of this module
}

func (e *bench) spider() string { return filepath.Join(e.src, "scrapy", "spider.py") }

// peers are in the order of the table. All get 16 connections, follow a[href] within one host to any depth, and keep no files.
func peers(e *bench, amble string) []peer {
	return []peer{
		{"floor", built("./floor"), func(j job) []string { return []string{j.url, j.suffix} }},
		{"amble", func(context.Context, *bench) (string, error) { return amble, nil }, func(j job) []string {
			args := []string{"crawl", j.url, "--file", filepath.Join(j.dir, "crawl.db"), "--depth", "-1", "--rate", "0", "--per-host", "16", "--quiet"}
			if j.suffix != "" {
				args = append(args, "--include", regexp.QuoteMeta(j.suffix)+`(\?.*)?$`)
			}
			return args
		}},
		{"wget2", debian("wget2", "wget2"), func(j job) []string {
			args := []string{"-q", "-r", "-l", "inf", "--max-threads=16", "--tries=1", "--delete-after", "-P", j.dir, "--ignore-tags=img,link,script,iframe,source,object"}
			if j.suffix != "" {
				args = append(args, "--accept-regex", ".*"+regexp.QuoteMeta(j.suffix)+`(\?.*)?$`)
			}
			return append(args, j.url)
		}},
		{"wget", debian("wget", "wget"), func(j job) []string { // which has one connection
			args := []string{"-q", "-r", "-l", "inf", "--tries=1", "--delete-after", "-P", j.dir, "--follow-tags=a"}
			if j.suffix != "" {
				args = append(args, "-A", strings.TrimPrefix(j.suffix, "."))
			}
			return append(args, j.url)
		}},
		{"muffet", module("github.com/raviqqe/muffet/v2", "muffet"), func(j job) []string {
			return []string{"-c", "16", "--max-connections-per-host=16", "-f", "-b", "65536", "-t", "60",
				"--include", "^" + regexp.QuoteMeta(j.origin) + "[^?#]*" + regexp.QuoteMeta(j.suffix), j.url}
		}},
		{"colly", built("./colly"), func(j job) []string { return []string{j.url, j.suffix} }},
		{"scrapy", debian("scrapy", "python3-scrapy"), func(j job) []string {
			return []string{"runspider", e.spider(), "-a", "url=" + j.url, "-a", "suffix=" + j.suffix, "-s", "CONCURRENT_REQUESTS=16", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16",
				"-s", "LOG_ENABLED=False", "-s", "TELNETCONSOLE_ENABLED=False", "-s", "ROBOTSTXT_OBEY=True"}
		}},
	}
}

// built builds a program of this module.
func built(pkg string) func(context.Context, *bench) (string, error) {
	return func(ctx context.Context, e *bench) (string, error) {
		path := filepath.Join(e.dir, filepath.Base(pkg))
		return path, run(ctx, e.src, nil, "go", "build", "-o", path, pkg)
	}
}

// module takes a command that is installed, or builds it from the Go module proxy.
func module(mod, name string) func(context.Context, *bench) (string, error) {
	return func(ctx context.Context, e *bench) (string, error) {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
		return filepath.Join(e.dir, name), run(ctx, e.dir, []string{"GOBIN=" + e.dir}, "go", "install", mod+"@latest")
	}
}

// debian takes a command that is installed, or installs its package, which only root can.
func debian(name, pkg string) func(context.Context, *bench) (string, error) {
	return func(ctx context.Context, e *bench) (string, error) {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
		if err := aptInstall(ctx, pkg); err != nil {
			return "", err
		}
		return exec.LookPath(name)
	}
}

func aptInstall(ctx context.Context, pkg string) error {
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("not installed; on Debian: apt-get install %s", pkg)
	}
	return run(ctx, "/", []string{"DEBIAN_FRONTEND=noninteractive"}, "apt-get", "install", "-qy", "--no-install-recommends", pkg)
}

// run runs a command that says nothing if it succeeds. Its error is one line.
func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %.300s", name, strings.Join(args, " "), err, strings.Join(strings.Fields(string(out)), " "))
	}
	return nil
}

// environment is this process's without proxies, which no crawler is to use.
func environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			env = append(env, kv)
		}
	}
	return env
}
