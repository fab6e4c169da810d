// fault_proxy: stands between a client and a kube-apiserver, speaks HTTP/2 over TLS to both, and
// spoils what rules say.
//
//	fault_proxy -upstream URL -ca FILE -cert FILE -key FILE
//
// In the foreground: prints {"url": "https://127.0.0.1:PORT"} when ready, answers each line of stdin
// by one line of JSON, ends when stdin closes. Lines:
//
//	{"op": "rule", "methods": ["PATCH"], "path": "REGEXP", "skip": 2, "times": 1, "do": "status", …}
//	{"op": "clear"}   takes all rules away; requests that are held are cut
//	{"op": "stats"}   {"requests": N, "writes": N, "watches": N, "connections": N, "rules":
//	                  [{"seen": N, "applied": N}]}
//	{"op": "cut"}     ends every connection by RST
//	{"op": "inject", "path": "REGEXP", "body": "…"}  a line into the running watches, which then end;
//	                  without a body they only end
//	{"op": "certificate", "cert": FILE, "key": FILE}  what new connections are shown
//	{"op": "mute", "path": "REGEXP"}  the running watches stay open and tell nothing more
//
// "path" is searched in the path with the query. Of the rules that match a request the first decides:
// the first `skip` requests pass it, the next `times` (0: all) are spoilt. A rule does one of:
//
//	status    answers with `status`, `headers`, `body`; nothing reaches the server
//	delay     waits `ms`, then passes the request on
//	reset     ends the connection by RST; nothing reaches the server
//	lost      the server does it, then the connection ends by RST instead of an answer
//	abort     passes the first `bytes` of the answer's body, then ends the stream with an error
//	short     the same, but as if that were all of it
//	goaway    passes it on and tells the client to use another connection (GOAWAY)
//	hold      neither passes it on nor answers, until "clear"
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type rule struct {
	Methods []string          `json:"methods"`
	Path    string            `json:"path"`
	Skip    int               `json:"skip"`
	Times   int               `json:"times"`
	Do      string            `json:"do"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Ms      int               `json:"ms"`
	Bytes   int               `json:"bytes"`

	path    *regexp.Regexp
	seen    int
	applied int
}

func (r *rule) matches(request *http.Request) bool {
	if len(r.Methods) == 0 {
		return r.path.MatchString(request.URL.RequestURI())
	}
	for _, method := range r.Methods {
		if method == request.Method {
			return r.path.MatchString(request.URL.RequestURI())
		}
	}
	return false
}

// A watch that is open.
type stream struct {
	uri    string
	muted  atomic.Bool
	inject chan string
}

type proxy struct {
	upstream  *url.URL
	transport http.RoundTripper

	certificate atomic.Pointer[tls.Certificate]
	mutex       sync.Mutex
	rules       []*rule
	cleared     chan struct{} // closed by "clear"
	streams     map[*stream]bool
	connections map[net.Conn]bool
	accepted    int
	requests    int
	writes      int
}

type connectionKey struct{}

func (p *proxy) ruleFor(request *http.Request) (*rule, chan struct{}) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests++
	if request.Method != "GET" && request.Method != "HEAD" {
		p.writes++
	}
	for _, r := range p.rules {
		if !r.matches(request) {
			continue
		}
		r.seen++
		if r.seen <= r.Skip || (r.Times > 0 && r.applied >= r.Times) {
			continue
		}
		r.applied++
		return r, p.cleared
	}
	return nil, nil
}

func reset(connection net.Conn) {
	if secured, ok := connection.(*tls.Conn); ok {
		connection = secured.NetConn()
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	connection.Close()
}

func abort(request *http.Request) {
	reset(request.Context().Value(connectionKey{}).(net.Conn))
	panic(http.ErrAbortHandler)
}

func (p *proxy) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	r, cleared := p.ruleFor(request)
	if r == nil {
		p.passOn(writer, request, -1, false)
		return
	}
	switch r.Do {
	case "status":
		io.Copy(io.Discard, request.Body)
		writer.Header().Set("Content-Type", "application/json")
		for name, value := range r.Headers {
			writer.Header().Set(name, value)
		}
		writer.WriteHeader(r.Status)
		io.WriteString(writer, r.Body)
	case "delay":
		select {
		case <-time.After(time.Duration(r.Ms) * time.Millisecond):
		case <-request.Context().Done():
			panic(http.ErrAbortHandler)
		}
		p.passOn(writer, request, -1, false)
	case "reset":
		abort(request)
	case "lost":
		answer := p.ask(request)
		if !isWatch(request) {
			io.Copy(io.Discard, answer.Body)
		}
		answer.Body.Close()
		abort(request)
	case "abort", "short":
		p.passOn(writer, request, r.Bytes, r.Do == "abort")
	case "goaway":
		writer.Header().Set("Connection", "close")
		p.passOn(writer, request, -1, false)
	case "hold":
		select {
		case <-cleared:
			abort(request)
		case <-request.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// The server's answer; a server that does not answer cuts the client's connection, too.
func (p *proxy) ask(request *http.Request) *http.Response {
	onwards := request.Clone(request.Context())
	onwards.URL.Scheme = p.upstream.Scheme
	onwards.URL.Host = p.upstream.Host
	onwards.Host = p.upstream.Host
	onwards.RequestURI = ""
	if request.ContentLength == 0 {
		onwards.Body = nil
	}
	answer, err := p.transport.RoundTrip(onwards)
	if err != nil {
		abort(request)
	}
	return answer
}

// most: how many bytes of the body pass, -1 for all; broken: whether the end is then an error.
func (p *proxy) passOn(writer http.ResponseWriter, request *http.Request, most int, broken bool) {
	answer := p.ask(request)
	defer answer.Body.Close()
	for name, values := range answer.Header {
		if name == "Connection" || (name == "Content-Length" && most >= 0) {
			continue
		}
		for _, value := range values {
			writer.Header().Add(name, value)
		}
	}
	writer.WriteHeader(answer.StatusCode)
	flush(writer)
	if isWatch(request) && answer.StatusCode == 200 && most < 0 {
		p.follow(writer, request, answer.Body)
		return
	}
	if most < 0 {
		if _, err := io.Copy(writer, answer.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		return
	}
	io.CopyN(writer, answer.Body, int64(most))
	flush(writer)
	if broken {
		panic(http.ErrAbortHandler)
	}
}

func flush(writer http.ResponseWriter) {
	http.NewResponseController(writer).Flush()
}

func (p *proxy) follow(writer http.ResponseWriter, request *http.Request, body io.Reader) {
	own := &stream{uri: request.URL.RequestURI(), inject: make(chan string, 1)}
	p.mutex.Lock()
	p.streams[own] = true
	p.mutex.Unlock()
	defer func() {
		p.mutex.Lock()
		delete(p.streams, own)
		p.mutex.Unlock()
	}()
	chunks := make(chan []byte)
	ended := make(chan error, 1)
	done := make(chan struct{})
	defer close(done)
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := body.Read(buffer)
			if n > 0 {
				select {
				case chunks <- append([]byte(nil), buffer[:n]...):
				case <-done:
					return
				}
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	for {
		select {
		case chunk := <-chunks:
			if !own.muted.Load() {
				writer.Write(chunk)
				flush(writer)
			}
		case err := <-ended:
			if own.muted.Load() {
				<-request.Context().Done()
			}
			if err != io.EOF {
				panic(http.ErrAbortHandler)
			}
			return
		case line := <-own.inject:
			if line != "" {
				io.WriteString(writer, line+"\n")
			}
			return
		case <-request.Context().Done():
			return
		}
	}
}

func isWatch(request *http.Request) bool {
	return strings.Contains(request.URL.RawQuery, "watch=1")
}

func (p *proxy) onConnection(base context.Context, connection net.Conn) context.Context {
	p.mutex.Lock()
	p.connections[connection] = true
	p.accepted++
	p.mutex.Unlock()
	return context.WithValue(base, connectionKey{}, connection)
}

func (p *proxy) onState(connection net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		p.mutex.Lock()
		delete(p.connections, connection)
		p.mutex.Unlock()
	}
}

func (p *proxy) matching(path string) []*stream {
	expression := regexp.MustCompile(path)
	var out []*stream
	for one := range p.streams {
		if expression.MatchString(one.uri) {
			out = append(out, one)
		}
	}
	return out
}

func (p *proxy) show(cert, key string) error {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err == nil {
		p.certificate.Store(&pair)
	}
	return err
}

func (p *proxy) command(line string) any {
	var head struct {
		Op   string `json:"op"`
		Path string `json:"path"`
		Body string `json:"body"`
		Cert string `json:"cert"`
		Key  string `json:"key"`
	}
	if err := json.Unmarshal([]byte(line), &head); err != nil {
		return map[string]string{"error": err.Error()}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch head.Op {
	case "rule":
		r := &rule{}
		if err := json.Unmarshal([]byte(line), r); err != nil {
			return map[string]string{"error": err.Error()}
		}
		r.path = regexp.MustCompile(r.Path)
		p.rules = append(p.rules, r)
	case "clear":
		p.rules = nil
		close(p.cleared)
		p.cleared = make(chan struct{})
	case "stats":
		rules := []map[string]int{}
		for _, r := range p.rules {
			rules = append(rules, map[string]int{"seen": r.seen, "applied": r.applied})
		}
		return map[string]any{"requests": p.requests, "writes": p.writes, "rules": rules,
			"watches": len(p.streams), "connections": p.accepted}
	case "certificate":
		if err := p.show(head.Cert, head.Key); err != nil {
			return map[string]string{"error": err.Error()}
		}
	case "cut":
		for connection := range p.connections {
			go reset(connection)
		}
	case "inject":
		for _, one := range p.matching(head.Path) {
			select {
			case one.inject <- head.Body:
			default:
			}
		}
	case "mute":
		for _, one := range p.matching(head.Path) {
			one.muted.Store(true)
		}
	default:
		return map[string]string{"error": "unknown op " + head.Op}
	}
	return map[string]bool{"ok": true}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	upstream := flag.String("upstream", "", "URL of the API server")
	ca := flag.String("ca", "", "its certificate authority")
	certificate := flag.String("cert", "", "what the client is shown")
	key := flag.String("key", "", "")
	flag.Parse()
	log.SetFlags(0)
	log.SetPrefix("fault_proxy: ")

	target, err := url.Parse(*upstream)
	check(err)
	pem, err := os.ReadFile(*ca)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	p := &proxy{
		upstream: target,
		transport: &http.Transport{
			TLSClientConfig:    &tls.Config{RootCAs: roots},
			ForceAttemptHTTP2:  true,
			DisableCompression: true,
		},
		cleared:     make(chan struct{}),
		streams:     map[*stream]bool{},
		connections: map[net.Conn]bool{},
	}
	check(p.show(*certificate, *key))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{
		Handler:     p,
		ConnContext: p.onConnection,
		ConnState:   p.onState,
		ErrorLog:    log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return p.certificate.Load(), nil
		}},
	}
	go func() { check(server.ServeTLS(listener, "", "")) }()
	fmt.Printf("{\"url\": \"https://%s\"}\n", listener.Addr())

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		answer, err := json.Marshal(p.command(lines.Text()))
		check(err)
		fmt.Println(string(answer))
	}
}
