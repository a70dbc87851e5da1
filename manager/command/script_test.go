package command

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
	"gsw/manager/doctor"
	"gsw/manager/local"
	"gsw/manager/servers"
	"gsw/manager/serving"
	"gsw/platform"
	"gsw/shims"
)

// The variables by which a script's world reaches the gsw under test. They
// exist in the test binary alone: the real program has no such door.
const (
	testIndex  = "GSW_TEST_INDEX"
	testLogKey = "GSW_TEST_LOG_KEY"
	testLogAt  = "GSW_TEST_LOG_AT"

	testPatience = "GSW_TEST_PATIENCE" // with silent servers
	testPause    = "GSW_TEST_PAUSE"    // before a request is repeated
	testNow      = "GSW_TEST_NOW"      // the time, RFC 3339
	testBoot     = "GSW_TEST_BOOT"     // the boot's name
	testEtc      = "GSW_TEST_ETC"      // the system's settings
	testRoot     = "GSW_TEST_ROOT"     // before the system's places of toolchains
	testKernel   = "GSW_TEST_KERNEL"   // the release of Linux
	testMac      = "GSW_TEST_MAC"      // a Mac: arm64 or amd64, as gsw is, or rosetta
	testARM      = "GSW_TEST_ARM"      // Windows on ARM: what gsw is for; and 10, for that Windows
	testRegistry = "GSW_TEST_REGISTRY" // a key in Windows' registry, for its environments
)

// TestMain makes the test binary gsw, goswitch and every shim, by the name it
// is started with.
func TestMain(m *testing.M) {
	host, err := platform.Read()
	if err != nil {
		os.Exit(Lost(os.Stderr, err))
	}
	if os.Args[0] == "played-sh" { // as TestPlayedShell calls it
		playShell()
	}
	if name := filepath.Base(os.Args[0]); name != "watch" && strings.TrimSuffix(name, ".exe") != local.Server && confinedWords()[name] == nil && posixWords()[strings.TrimSuffix(name, ".exe")] == nil && !strings.Contains(name, ".test") && shims.Serves(host) {
		os.Exit(shims.Run(host))
	}
	apart := func(_ context.Context, host platform.Host, _ Outside, o serving.Order) (int, error) {
		return serving.Start(host, o)
	}
	run := func() {
		patience, _ := time.ParseDuration(host.Env.Get(testPatience))
		pause, _ := time.ParseDuration(host.Env.Get(testPause))
		if now, err := time.Parse(time.RFC3339, host.Env.Get(testNow)); err == nil {
			host.Now = func() time.Time { return now }
		}
		if boot, ok := host.Env.Lookup(testBoot); ok {
			host.BootID = func() string { return boot }
		}
		if key, ok := host.Env.Lookup(testRegistry); ok && host.Registry.Is() {
			host.Registry = platform.Registry{User: key + `\User`, Machine: key + `\Machine`}
		}
		var machine *doctor.Machine
		if kernel, ok := host.Env.Lookup(testKernel); ok {
			machine = &doctor.Machine{Kernel: kernel}
		}
		if mac := host.Env.Get(testMac); mac != "" {
			host = onMac(host, mac)
			machine = &doctor.Machine{Translates: true}
		}
		if kind := host.Env.Get(testARM); kind != "" {
			host = onARM(host, kind)
		}
		os.Exit(Main(host, Outside{
			Machine:  machine,
			Index:    host.Env.Get(testIndex),
			LogKey:   host.Env.Get(testLogKey),
			LogAt:    strings.Fields(host.Env.Get(testLogAt)),
			Patience: patience,
			Pause:    pause,
			Etc:      host.Env.Get(testEtc),
			Root:     host.Env.Get(testRoot),
		}, apart))
	}
	serves := func() {
		patience, _ := time.ParseDuration(host.Env.Get(testPatience))
		os.Exit(servers.Main(host, servers.Outside{LogKey: host.Env.Get(testLogKey), Patience: patience}))
	}
	programs := map[string]func(){"gsw": run, "goswitch": run, local.Server: serves, "watch": watch}
	maps.Copy(programs, confinedWords())
	maps.Copy(programs, posixWords())
	testscript.Main(m, programs)
}

// onMac is host as it were on a Mac, for a gsw that is for its processor or that Rosetta translates. What the system is
// asked for stays that of this one.
func onMac(host platform.Host, kind string) platform.Host {
	host.Own = platform.Target{OS: "darwin", Arch: kind}
	translated := uint32(0)
	if kind == "rosetta" {
		host.Own.Arch, translated = "amd64", 1
	}
	host.Target, host.Also = platform.RunsHere(host.Own, platform.OnMac(host.Own.Arch, translated, nil))
	return host
}

// onARM is host as it were on Windows 11 or 10 for ARM, for a gsw of that kind: arm64, amd64, or 10, which is arm64 as well.
func onARM(host platform.Host, kind string) platform.Host {
	build := uint32(26100)
	if kind == "10" {
		kind, build = "arm64", 19045
	}
	host.Own = platform.Target{OS: "windows", Arch: kind}
	host.Target, host.Also = platform.RunsHere(host.Own, platform.OnWindows(0xaa64, nil, build))
	return host
}

func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 scriptsHere(t),
		RequireExplicitExec: true,
		Setup:               setupScript,
		Condition:           condition,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"publish":  publish,
			"action":   action,
			"feature":  putFeature,
			"lie":      lie,
			"sumdb":    lieOfDatabase,
			"requests": requests,
			"forget":   forget,
			"archive":  archive,
			"static":   static,
			"swap":     swap,
			"ranges":   ranges,
			"exitcode": exitcode,
			"within":   within,
			"empty":    emptyFolder,
			"json":     jsonAnswer,
			"running":  running,
			"cleared":  cleared,
			"localgo":  localGo,
			"module":   module,
			"proxied":  proxied,
			"relabel":  relabel,
			"paste":    paste,
			"plant":    plant,
			"terminal": onTerminal,
			"chown":    chown,
			"program":  programFile,
			"show":     showFile,
			"append":   appendLine,
			"blank":    blankFile,
			"copytree": copyTree,
			"hash":     hashFile,
			"gitbash":  inGitBash,
			"sums":     sumsOf,
			"realgo":   realGo,
			"journal":  keepJournal,
			"change":   changeLine,
			"serve":    serve,
			"ended":    ended,
			"recorded": recorded,
			"publicdb": publicDatabase,
			"fetch":    fetch,
			"real":     realTree,
			"mirrored": mirrored,
			"site":     site,
			"flip":     flip,
			"carry":    carry,
			"away":     away,
			"rebundle": rebundle,
			"grow":     grow,
			"volume":   volume,
		},
	})
}

// world is a script's server, reachable from its commands.
type world struct {
	t       testing.TB
	server  *disttest.Server
	serving map[string]*background
	heads   map[string][]string // of mirrors that were looked at, by folder
}

type worldKey struct{}

// setupScript gives a script an empty HOME, a PATH without any Go, and no proxy.
func setupScript(env *testscript.Env) error {
	env.Values[worldKey{}] = &world{t: env.T().(testing.TB), heads: map[string][]string{}}
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	env.Setenv("USERPROFILE", home)
	env.Setenv("APPDATA", filepath.Join(home, "AppData", "Roaming"))
	env.Setenv("LOCALAPPDATA", filepath.Join(home, "AppData", "Local"))
	env.Setenv("ProgramFiles", filepath.Join(env.WorkDir, "root", "Program Files"))
	env.Setenv("SLASHED", "/"+strings.TrimPrefix(filepath.ToSlash(env.WorkDir), "/"))
	env.Setenv("TARGET", disttest.Host().String())
	env.Setenv("PLATFORM", disttest.Host().OS+"/"+disttest.Host().Arch)
	env.Setenv("ARCHIVE", strings.TrimPrefix(disttest.Fake(env.T().(testing.TB), "1.22.3", disttest.Host()).ArchiveName(), "go1.22.3."))
	env.Setenv("GSW_HOME", filepath.Join(home, ".gsw"))
	env.Setenv("GOPROXY", "off")
	env.Setenv("GOENV", "off")
	env.Setenv("NO_COLOR", "1")
	env.Setenv(testPause, "10ms")
	env.Setenv(testEtc, filepath.Join(env.WorkDir, "etc"))
	env.Setenv(testRoot, filepath.Join(env.WorkDir, "root"))
	env.Setenv(testRegistry, ownRegistry(env))
	if err := systemWords(env); err != nil {
		return err
	}
	var path []string
	for _, dir := range filepath.SplitList(env.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, disttest.Host().Exe("go"))); err != nil {
			path = append(path, dir)
		}
	}
	env.Setenv("PATH", strings.Join(path, string(filepath.ListSeparator)))
	return os.MkdirAll(home, 0o755)
}

func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "junctions": // Windows has them; Wine has not
		return junctions()
	case "required": // that nothing be skipped
		return os.Getenv("GSW_TEST_REQUIRE") == "all", nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// fake is a release for this machine, or for the platform in VERSION/OS-ARCH.
func fake(t testing.TB, word string) *disttest.Tree {
	version, words, other := strings.Cut(word, "/")
	target := disttest.Host()
	if other {
		target.OS, target.Arch, _ = strings.Cut(words, "-")
	}
	return disttest.Fake(t, version, target)
}

// junctions tells whether folders can have links here.
func junctions() (bool, error) {
	dir, err := os.MkdirTemp("", "gsw-junctions-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	return platform.PointDir(filepath.Join(dir, "link"), dir) == nil, nil
}

// publish VERSION…: starts the script's server, or adds to it. It is the
// origin: index, archives, module proxy and checksum database.
// With -mirror, GSW_MIRROR names it instead; with -module, only GOPROXY does; with
// -private it is a module proxy with TLS that asks for a password.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	as := "origin"
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		as, args = args[0][1:], args[1:]
	}
	var trees []*disttest.Tree
	t := testingOf(ts)
	for _, version := range args {
		trees = append(trees, fake(t, version))
	}
	w := ts.Value(worldKey{}).(*world)
	if w.server != nil {
		if as == "withheld" { // from the index; the module proxy has it
			w.server.PublishModule(trees...)
			return
		}
		w.server.Publish(trees...)
		return
	}
	if as == "private" {
		w.server = disttest.NewTLSServer(t, trees...)
		file := ts.MkAbs("ca.pem")
		ts.Check(os.WriteFile(file, w.server.CertificatePEM(), 0o644))
		ts.Setenv("SSL_CERT_FILE", file)
		w.server.Lie("/dl/mod/*/*/*/*", disttest.Secret("somebody", "s3cret"))
	} else {
		w.server = disttest.NewServer(t, trees...)
	}
	s := w.server
	ts.Setenv(testLogKey, s.SumDB.Key)
	ts.Setenv(testLogAt, s.URL+"/sumdb/sum.golang.org")
	ts.Setenv("SERVER", s.URL)
	switch as {
	case "origin":
		ts.Setenv(testIndex, s.DL())
		ts.Setenv("GOPROXY", s.Proxy())
	case "mirror":
		ts.Setenv(testIndex, "http://127.0.0.1:1/dl")
		ts.Setenv("GSW_MIRROR", s.DL())
		ts.Setenv("GOPROXY", "off")
	case "module", "private":
		ts.Setenv(testIndex, "http://127.0.0.1:1/dl")
		ts.Setenv("GOPROXY", s.Proxy())
	default:
		ts.Fatalf("publish -%s: want -mirror, -module or -private", as)
	}
}

func testingOf(ts *testscript.TestScript) testing.TB { return ts.Value(worldKey{}).(*world).t }

func published(ts *testscript.TestScript) *disttest.Server {
	w := ts.Value(worldKey{}).(*world)
	if w.server == nil {
		ts.Fatalf("publish comes first")
	}
	return w.server
}

// lie PATTERN WHAT…: the server lies about paths; `lie off` ends it.
func lie(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 1 && args[0] == "off" {
		published(ts).Honest()
		return
	}
	if len(args) < 2 {
		ts.Fatalf("usage: lie PATTERN WHAT…")
	}
	told, err := disttest.ParseLie(strings.Join(args[1:], " "))
	ts.Check(err)
	published(ts).Lie(args[0], told)
}

// sumdb WHAT [VERSION]: the checksum database lies.
func lieOfDatabase(ts *testscript.TestScript, neg bool, args []string) {
	db := published(ts).SumDB
	module := func() string { return disttest.Fake(testingOf(ts), args[1], disttest.Host()).Module() }
	switch args[0] {
	case "drop":
		db.Drop(module())
	case "forge":
		db.Forge(module(), args[2])
	case "fork":
		db.Fork()
	case "shrink":
		db.Shrink()
	case "tamper":
		db.Tamper()
	case "unsupported":
		db.Unsupported()
	case "hang":
		db.Hang()
	case "honest":
		db.Honest()
	default:
		ts.Fatalf("sumdb %s: unknown", args[0])
	}
}

// requests PATTERN COUNT: how many requests the server got since `forget`.
func requests(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	got := published(ts).Count(args[0])
	if (got == want) == neg {
		var all []string
		for _, r := range published(ts).Requests() {
			all = append(all, r.Path)
		}
		ts.Fatalf("%d requests for %s; all: %s", got, args[0], strings.Join(all, " "))
	}
}

func forget(ts *testscript.TestScript, neg bool, args []string) { published(ts).Forget() }

// archive VERSION FILE: writes the archive of a distribution.
func archive(ts *testscript.TestScript, neg bool, args []string) {
	tree := fake(testingOf(ts), args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), tree.Archive(testingOf(ts)), 0o644))
}

// static DIR VERSION…: writes what a file server of one folder publishes: the
// index with its archives in DIR/dl, the module proxy in DIR/mod.
func static(ts *testscript.TestScript, neg bool, args []string) {
	t := testingOf(ts)
	var trees []*disttest.Tree
	for _, version := range args[1:] {
		trees = append(trees, disttest.Fake(t, version, disttest.Host()))
	}
	disttest.WriteStatic(t, ts.MkAbs(args[0]), trees...)
}

// swap VERSION OTHER: what is served as the archive of one release is that of
// another; with -forged, one that calls itself VERSION but has other files.
func swap(ts *testscript.TestScript, neg bool, args []string) {
	t, s := testingOf(ts), published(ts)
	tree := disttest.Fake(t, args[0], disttest.Host())
	var other *disttest.Tree
	if args[1] == "-forged" {
		other = disttest.Fake(t, args[0], disttest.Host(), disttest.File{Name: "src/fmt/print.go", Data: []byte("package fmt // and more\n")})
	} else {
		other = disttest.Fake(t, args[1], disttest.Host())
	}
	if len(args) > 2 && args[2] == "-listed" { // the index tells the same story
		s.Serve("/files/"+tree.ArchiveName(), "application/x-gzip", other.Archive(t))
		return
	}
	s.Lie("/files/"+tree.ArchiveName(), disttest.Swap(other.Archive(t)))
	s.Lie("/dl/mod/golang.org/toolchain/@v/"+tree.Module()+".zip", disttest.Swap(other.ModuleZip(t)))
}

// ranges PATTERN COUNT: how many requests asked for the rest of a document.
func ranges(ts *testscript.TestScript, neg bool, args []string) {
	got := 0
	for _, r := range published(ts).Requests() {
		name, _, _ := strings.Cut(r.Path, "?")
		if ok, _ := path.Match(args[0], name); ok && r.Header.Get("Range") != "" {
			got++
		}
	}
	if want, err := strconv.Atoi(args[1]); err != nil || got != want {
		ts.Fatalf("%d requests for a part of %s", got, args[0])
	}
}

// exitcode CODE COMMAND…: runs a command that must end with that code.
func exitcode(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if coder, ok := err.(interface{ ExitCode() int }); ok {
		got = coder.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// within LIMIT COMMAND…: runs a command that must succeed and take no more of the processor than that: a duration, or 3x,
// which is three times what gsw takes to tell its version. The least of some tries counts: others may be at work here.
func within(ts *testscript.TestScript, neg bool, args []string) {
	limit, err := time.ParseDuration(args[0])
	if times, relative := strings.CutSuffix(args[0], "x"); relative {
		var n int
		n, err = strconv.Atoi(times)
		limit = time.Duration(n) * leastTime(ts, 20, 0, "gsw", "--version")
	}
	ts.Check(err)
	if took := leastTime(ts, 40, limit, args[1], args[2:]...); took > limit {
		ts.Fatalf("took %v of the processor, more than %v", took, limit)
	}
}

// leastTime runs a command up to so many times, until it takes no more of the processor than enough.
func leastTime(ts *testscript.TestScript, tries int, enough time.Duration, command string, args ...string) time.Duration {
	file, err := lookPath(ts, command)
	ts.Check(err)
	least := time.Hour
	for ; tries > 0 && least > enough; tries-- {
		cmd := exec.Command(file, args...)
		cmd.Dir, cmd.Env = ts.MkAbs("."), environ(ts)
		if said, err := cmd.CombinedOutput(); err != nil {
			ts.Fatalf("%v: %s", err, said)
		}
		least = min(least, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	return least
}

// empty DIR: fails unless the folder holds nothing, hidden files included.
func emptyFolder(ts *testscript.TestScript, neg bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	if err != nil && !os.IsNotExist(err) {
		ts.Fatalf("%v", err)
	}
	if len(entries) > 0 != neg {
		ts.Fatalf("%s holds %v", args[0], entries)
	}
}
