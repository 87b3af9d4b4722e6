package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// site is what is crawled: a tree of files, or the maze of "amble testsite", which nginx passes on so that every site has its log in one form.
type site struct {
	name   string
	root   string // a folder, or empty for the maze
	suffix string
	first  string // path of the first page

	origin, log string
}

// openSite takes the name of a Debian package with documentation in HTML, which it installs if it can, a path of a folder, or "maze".
func openSite(ctx context.Context, name string) (*site, error) {
	if name == "maze" {
		return &site{name: name, first: "/"}, nil
	}
	s := &site{name: name, root: name, suffix: ".html", first: "/index.html"}
	if !strings.Contains(name, "/") {
		s.root = filepath.Join("/usr/share/doc", name, "html")
		if _, err := os.Stat(s.root); err != nil {
			if err := aptInstall(ctx, name); err != nil {
				return nil, err
			}
		}
	}
	_, err := os.Stat(filepath.Join(s.root, s.first))
	return s, err
}

func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// serve serves the sites with an nginx of our own until stop is called.
func serve(ctx context.Context, dir, amble string, mazePages int, sites []*site) (stop func(), err error) {
	var started []*exec.Cmd
	stop = func() {
		for _, c := range started {
			_ = c.Process.Signal(syscall.SIGTERM)
			_ = c.Wait()
		}
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	begin := func(at, name string, args ...string) error {
		cmd := exec.Command(name, args...)
		cmd.Env, cmd.Stderr = environment(), new(tail)
		if err := cmd.Start(); err != nil {
			return err
		}
		started = append(started, cmd)
		return answers(ctx, at)
	}
	var conf strings.Builder
	fmt.Fprintf(&conf, "daemon off;\nworker_processes 1;\npid %[1]s/nginx.pid;\nerror_log %[1]s/error.log;\nevents { worker_connections 1024; }\n"+
		"http {\n types { text/html html htm; text/css css; text/plain txt; application/javascript js; image/svg+xml svg; image/png png; }\n"+
		" client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;\n"+
		" sendfile on; tcp_nopush on; keepalive_requests 1000000;\n log_format bench escape=default "+logFormat+";\n", dir)
	for i, s := range sites {
		at, err := freeAddress()
		if err != nil {
			return nil, err
		}
		s.origin, s.log = "http://"+at+"/", filepath.Join(dir, fmt.Sprintf("access-%d.log", i))
		content := fmt.Sprintf("root %q;", s.root)
		if s.root == "" {
			behind, err := freeAddress()
			if err != nil {
				return nil, err
			}
			if err := begin("http://"+behind+"/", amble, "testsite", "maze", "--maze-pages", strconv.Itoa(mazePages), "--addr", behind); err != nil {
				return nil, err
			}
			fmt.Fprintf(&conf, " upstream maze { server %s; keepalive 32; }\n", behind)
			content = `location / { proxy_pass http://maze; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host maze.test; }`
		}
		fmt.Fprintf(&conf, " server { listen %s; access_log %s bench; %s }\n", at, s.log, content)
	}
	conf.WriteString("}\n")
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o644); err != nil {
		return nil, err
	}
	nginx, err := debian("/usr/sbin/nginx", "nginx-light")(ctx, nil)
	if err != nil {
		return nil, err
	}
	return stop, begin(sites[0].origin, nginx, "-c", file, "-e", filepath.Join(dir, "error.log"))
}

// answers waits until a server does.
func answers(ctx context.Context, at string) error {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 200 {
		resp, err := client.Get(at)
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("nothing answers at " + at)
}
