package release_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"gsw/manager/dist/disttest"
)

// TestSnapshot makes a whole release of the last commit with goreleaser, in a clone, and looks at everything in it:
//
//	GSW_TEST_SNAPSHOT=1 go test ./scripts/release -run TestSnapshot -timeout 5h -v
//
// Instead of 1 it takes a dist folder that is there already, and with a second one, after a colon, it compares all
// programs of both.
func TestSnapshot(t *testing.T) {
	asked := os.Getenv("GSW_TEST_SNAPSHOT")
	if asked == "" {
		t.Skip("builds for 22 platforms, most of an hour on two cores: GSW_TEST_SNAPSHOT=1 runs it")
	}
	dists := filepath.SplitList(asked)
	if asked == "1" {
		dists = []string{snapshot(t)}
	}
	s := openSnapshot(t, dists[0])
	t.Logf("%s, version %s, %d platforms", s.dist, s.version, len(s.platforms))
	t.Run("archives", s.archives)
	t.Run("server's archives", s.serverArchives)
	t.Run("packages", s.packages)
	t.Run("sums", s.sums)
	t.Run("bills", s.bills)
	t.Run("cask", s.cask)
	t.Run("scoop", s.scoop)
	t.Run("winget", s.winget)
	for _, other := range dists[1:] {
		t.Run("the same again", func(t *testing.T) { s.same(t, other) })
	}
}

// snapshot builds one, and gives its dist folder.
func snapshot(t *testing.T) string {
	goreleaser, err := exec.LookPath("goreleaser")
	if err != nil {
		disttest.Need(t, "there is no goreleaser here: docs/RELEASING.md tells how to get it")
	}
	dir := filepath.Join(t.TempDir(), "gsw")
	for _, args := range [][]string{
		{"git", "clone", "--quiet", "--no-tags", root, dir},
		{goreleaser, "release", "--snapshot", "--clean", "--parallelism", "1", "--timeout", "5h"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		if args[0] == goreleaser {
			cmd.Dir = dir
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	return filepath.Join(dir, "dist")
}

type snapshotted struct {
	dist, version string
	made          time.Time
	platforms     []string // as linux_amd64
	sum           map[string]string
}

func openSnapshot(t *testing.T, dist string) *snapshotted {
	t.Helper()
	s := &snapshotted{dist: dist, sum: map[string]string{}}
	var metadata struct{ Version string }
	if err := json.Unmarshal(read(t, filepath.Join(dist, "metadata.json")), &metadata); err != nil {
		t.Fatal(err)
	}
	s.version = metadata.Version
	// What this checkout asks for, or less of it, if dist was made by somebody for a look.
	config := string(read(t, filepath.Join(dist, "config.yaml")))
	targets := programs(t)[0].Targets
	for _, target := range targets {
		// With what the processor must have, as linux_amd64_v1, if that is to be said.
		if regexp.MustCompile(`(?m)- ` + target + `(_\S+)?$`).MatchString(config) {
			s.platforms = append(s.platforms, target)
		}
	}
	if len(s.platforms) == 0 || os.Getenv("GSW_TEST_SNAPSHOT") == "1" && len(s.platforms) != len(targets) {
		t.Fatalf("it is for %q", s.platforms)
	}
	cmd := exec.Command("git", "log", "-1", "--format=%cI")
	cmd.Dir = filepath.Dir(dist)
	out, err := cmd.Output()
	if err == nil {
		s.made, err = time.Parse(time.RFC3339, strings.TrimSpace(string(out)))
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(read(t, filepath.Join(dist, "checksums.txt")))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		s.sum[name] = sum
	}
	return s
}

// archive names the one with a program, which is gsw or gsw-server.
func (s *snapshotted) archive(program, platform string) string {
	if strings.HasPrefix(platform, "windows") {
		return program + "_" + s.version + "_" + platform + ".zip"
	}
	return program + "_" + s.version + "_" + platform + ".tar.gz"
}

// member is a file of an archive or a package.
type member struct {
	mode    os.FileMode
	link    string
	when    time.Time
	content []byte
}

// text prints what counts, so that a whole archive can be compared.
func (m member) text(name string) string {
	if m.link != "" {
		return name + " -> " + m.link
	}
	return fmt.Sprintf("%s %o", name, m.mode.Perm())
}

// unpackTar reads a tar archive, with the owners.
func unpackTar(t *testing.T, r io.Reader) map[string]member {
	t.Helper()
	members := map[string]member{}
	for w := tar.NewReader(r); ; {
		h, err := w.Next()
		if err == io.EOF {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "root" && h.Uname != "" {
			t.Errorf("%s belongs to %d:%d, %s", h.Name, h.Uid, h.Gid, h.Uname)
		}
		content, err := io.ReadAll(w)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeDir {
			members[strings.TrimPrefix(strings.TrimPrefix(h.Name, "."), "/")] = member{os.FileMode(h.Mode), h.Linkname, h.ModTime, content}
		}
	}
}

func (s *snapshotted) open(t *testing.T, program, platform string) map[string]member {
	t.Helper()
	file := filepath.Join(s.dist, s.archive(program, platform))
	if strings.HasSuffix(file, ".tar.gz") {
		z, err := gzip.NewReader(bytes.NewReader(read(t, file)))
		if err != nil {
			t.Fatal(err)
		}
		return unpackTar(t, z)
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	members := map[string]member{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		members[f.Name] = member{f.Mode(), "", f.Modified, content}
	}
	return members
}

// texts are the members, sorted.
func texts(members map[string]member) []string {
	var all []string
	for name, m := range members {
		all = append(all, m.text(name))
	}
	slices.Sort(all)
	return all
}

func (s *snapshotted) archives(t *testing.T) {
	for _, platform := range s.platforms {
		t.Run(platform, func(t *testing.T) {
			members, exe := s.open(t, "gsw", platform), suffix(platform)
			want := []string{"LICENSE 644", "README.md 644", "README.zh-CN.md 644", "completions/gsw.bash 644", "completions/gsw.elvish 644",
				"completions/gsw.fish 644", "completions/gsw.nu 644", "completions/gsw.pwsh 644", "completions/gsw.zsh 644",
				"gsw" + exe + " 755", "gsw-shim" + exe + " 755", "man/gsw.1 644"}
			slices.Sort(want)
			if got := texts(members); !slices.Equal(got, want) {
				t.Errorf("it has %q", got)
			}
			s.sound(t, members, platform, "gsw"+exe, "gsw-shim"+exe)
			if size := len(members["gsw"+exe].content); size > limit(platform) {
				t.Errorf("gsw has %d bytes, more than %d", size, limit(platform))
			}
			if platform == runtime.GOOS+"_"+runtime.GOARCH {
				s.runs(t, members["gsw"+exe].content, members["gsw-shim"+exe].content)
			}
		})
	}
}

// serverArchives hold the program that serves, alone.
func (s *snapshotted) serverArchives(t *testing.T) {
	for _, platform := range s.platforms {
		t.Run(platform, func(t *testing.T) {
			members, exe := s.open(t, "gsw-server", platform), suffix(platform)
			if got, want := texts(members), []string{"LICENSE 644", "gsw-server" + exe + " 755"}; !slices.Equal(got, want) {
				t.Errorf("it has %q", got)
			}
			s.sound(t, members, platform, "gsw-server"+exe)
		})
	}
}

// sound holds what every archive promises: nothing is empty, all is of the commit's time, and programs are for the platform.
func (s *snapshotted) sound(t *testing.T, members map[string]member, platform string, programs ...string) {
	t.Helper()
	for name, m := range members {
		if len(m.content) < 100 {
			t.Errorf("%s has %d bytes", name, len(m.content))
		}
		if !m.when.Truncate(2 * time.Second).Equal(s.made.Truncate(2 * time.Second)) { // zip knows even seconds
			t.Errorf("%s is of %v, the commit of %v", name, m.when, s.made)
		}
	}
	for _, name := range programs {
		if got, err := platformOf(members[name].content); err != nil || got != platform {
			t.Errorf("%s is for %s: %v", name, got, err)
		}
	}
}

// suffix is what the names of programs end in.
func suffix(platform string) string {
	if strings.HasPrefix(platform, "windows") {
		return ".exe"
	}
	return ""
}

// runs asks both programs which they are.
func (s *snapshotted) runs(t *testing.T, complete, small []byte) {
	home, env := account(t)
	for name, content := range map[string][]byte{"gsw": complete, "gsw-shim": small} {
		write(t, filepath.Join(home, name), content)
		if err := os.Chmod(filepath.Join(home, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := run(t, env, filepath.Join(home, "gsw"), "version"); got.code != 0 || !strings.HasPrefix(got.text, "gsw v"+s.version+" ") {
		t.Errorf("%+v", got)
	}
	if got := run(t, env, filepath.Join(home, "gsw-shim"), "--edition"); got.text != "v"+s.version+"\n" {
		t.Errorf("%+v", got)
	}
}

// platformOf reads from the header of a program what it is for.
func platformOf(program []byte) (string, error) {
	r := bytes.NewReader(program)
	if f, err := elf.NewFile(r); err == nil {
		system := "linux"
		if f.OSABI == elf.ELFOSABI_FREEBSD {
			system = "freebsd"
		}
		little := f.ByteOrder.String() == "LittleEndian"
		wide := f.Class == elf.ELFCLASS64
		arch := map[elf.Machine]string{elf.EM_386: "386", elf.EM_X86_64: "amd64", elf.EM_ARM: "arm", elf.EM_AARCH64: "arm64",
			elf.EM_LOONGARCH: "loong64", elf.EM_MIPS: "mips", elf.EM_PPC64: "ppc64", elf.EM_RISCV: "riscv64", elf.EM_S390: "s390x"}[f.Machine]
		if f.Machine == elf.EM_MIPS && wide {
			arch += "64"
		}
		if little && (f.Machine == elf.EM_MIPS || f.Machine == elf.EM_PPC64) {
			arch += "le"
		}
		return system + "_" + arch, nil
	}
	if f, err := macho.NewFile(r); err == nil {
		return "darwin_" + map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[f.Cpu], nil
	}
	f, err := pe.NewFile(r)
	if err != nil {
		return "", err
	}
	return "windows_" + map[uint16]string{pe.IMAGE_FILE_MACHINE_I386: "386", pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"}[f.Machine], nil
}

// packaged is the platform as packages have it in their names: with what the processor must have.
func packaged(platform string) string {
	switch arch := strings.TrimPrefix(platform, "linux_"); {
	case arch == "arm":
		return platform + "v6"
	case strings.HasPrefix(arch, "mips"):
		return platform + "_hardfloat"
	}
	return platform
}

// packages looks into deb, rpm and apk of every processor, as far as there are programs for it here.
func (s *snapshotted) packages(t *testing.T) {
	for _, platform := range s.platforms {
		if !strings.HasPrefix(platform, "linux_") {
			continue
		}
		complete, server := s.open(t, "gsw", platform), s.open(t, "gsw-server", platform)
		for _, p := range []packer{
			{".deb", "vendor-completions", []string{"dpkg-deb", "--fsys-tarfile"}},
			{".rpm", "site-functions", []string{"bsdtar", "--format=ustar", "-cf", "-"}},
			{".apk", "site-functions", []string{"gunzip", "-c"}},
		} {
			t.Run(platform+p.end, func(t *testing.T) {
				s.packed(t, p, "gsw", platform, complete, []string{
					"usr/bin/goswitch -> gsw", "usr/bin/gsw 755", "usr/bin/gsw-shim 755", "usr/share/bash-completion/completions/gsw 644",
					"usr/share/doc/gsw/CHANGELOG.md 644", "usr/share/doc/gsw/copyright 644", "usr/share/fish/vendor_completions.d/gsw.fish 644",
					"usr/share/man/man1/goswitch.1.gz -> gsw.1.gz", "usr/share/man/man1/gsw.1.gz 644", "usr/share/zsh/" + p.zsh + "/_gsw 644",
				})
				s.packed(t, p, "gsw-server", platform, server, []string{"usr/bin/gsw-server 755", "usr/share/doc/gsw-server/copyright 644"})
			})
		}
	}
}

// packer is a kind of package.
type packer struct {
	end, zsh string
	read     []string // writes a tar archive of what is installed
}

// packed looks into one package: it has the programs of an archive, and what else is wanted.
func (s *snapshotted) packed(t *testing.T, p packer, name, platform string, programs map[string]member, want []string) {
	t.Helper()
	file := filepath.Join(s.dist, name+"_"+s.version+"_"+packaged(platform)+p.end)
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath(p.read[0]); err != nil {
		disttest.Need(t, "there is no %s here", p.read[0])
	}
	cmd := exec.Command(p.read[0], p.read[1:]...)
	switch p.end {
	case ".apk":
		cmd.Stdin = bytes.NewReader(read(t, file))
	case ".rpm":
		cmd.Args = append(cmd.Args, "@"+file)
	default:
		cmd.Args = append(cmd.Args, file)
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	members := unpackTar(t, bytes.NewReader(out))
	delete(members, "PKGINFO") // apk's own
	slices.Sort(want)
	if got := texts(members); !slices.Equal(got, want) {
		t.Errorf("%s has %q", name, got)
	}
	for installed, m := range members {
		if program, is := strings.CutPrefix(installed, "usr/bin/"); is && m.link == "" && !bytes.Equal(m.content, programs[program].content) {
			t.Errorf("%s is not the one in the archive", program)
		}
		if p.end != ".rpm" && m.link == "" && !m.when.Equal(s.made) { // rpm has the times elsewhere
			t.Errorf("%s is of %v, the commit of %v", installed, m.when, s.made)
		}
	}
}

// sums: checksums.txt has every file that is published, and no other.
func (s *snapshotted) sums(t *testing.T) {
	entries, err := os.ReadDir(s.dist)
	if err != nil {
		t.Fatal(err)
	}
	checkout := filepath.Dir(s.dist)
	files := map[string]string{
		"install.sh":                   filepath.Join(checkout, "scripts", "install.sh"),
		"install.ps1":                  filepath.Join(checkout, "scripts", "install.ps1"),
		"devcontainer-feature-gsw.tgz": filepath.Join(checkout, ".generated", "devcontainer-feature-gsw.tgz"),
	}
	for _, e := range entries {
		if is := strings.HasPrefix(e.Name(), "gsw_"+s.version) || strings.HasPrefix(e.Name(), "gsw-server_"+s.version); is && e.Type().IsRegular() {
			files[e.Name()] = filepath.Join(s.dist, e.Name())
		}
	}
	for name, file := range files {
		if got := fmt.Sprintf("%x", sha256.Sum256(read(t, file))); s.sum[name] != got {
			t.Errorf("%s: %q, and it has %s", name, s.sum[name], got)
		}
	}
	for name := range s.sum {
		if files[name] == "" {
			t.Errorf("what is %s?", name)
		}
	}
}

// bills: each says the program's own sum, and what CycloneDX demands.
func (s *snapshotted) bills(t *testing.T) {
	for _, platform := range s.platforms {
		s.bill(t, "gsw", platform)
		s.bill(t, "gsw-server", platform)
	}
}

func (s *snapshotted) bill(t *testing.T, program, platform string) {
	name := program + "_" + s.version + "_" + platform + ".cdx.json"
	var bill struct {
		Format   string `json:"bomFormat"`
		Spec     string `json:"specVersion"`
		Metadata struct {
			Component struct {
				Name, Version string
				Hashes        []struct{ Alg, Content string }
			}
		}
		Components []struct {
			Ref                       string `json:"bom-ref"`
			Type, Name, Version, PURL string
		}
	}
	if err := json.Unmarshal(read(t, filepath.Join(s.dist, name)), &bill); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	content := s.open(t, program, platform)[program+suffix(platform)].content
	of := bill.Metadata.Component
	if bill.Format != "CycloneDX" || bill.Spec != "1.6" || of.Name != program || of.Version != "v"+s.version || len(of.Hashes) != 1 ||
		of.Hashes[0].Content != fmt.Sprintf("%x", sha256.Sum256(content)) {
		t.Errorf("%s: %+v", name, bill.Metadata)
	}
	seen := map[string]bool{}
	for _, c := range bill.Components {
		if c.Type != "library" || c.Version == "" || !regexp.MustCompile(`^pkg:golang/[a-z0-9._~/-]+@[A-Za-z0-9.%-]+$`).MatchString(c.PURL) || seen[c.Ref] {
			t.Errorf("%s: %+v", name, c)
		}
		seen[c.Ref] = true
	}
	if len(seen) < 10 {
		t.Errorf("%s: only %d components", name, len(seen))
	}
}

// cask: ruby reads it, and what it names is in the release.
func (s *snapshotted) cask(t *testing.T) {
	file := filepath.Join(s.dist, "homebrew", "Casks", "gsw.rb")
	text := string(read(t, file))
	found := regexp.MustCompile(`url "https://[^"]*/v#\{version\}/([^"]*)"\n\s*sha256 "([0-9a-f]{64})"`).FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		t.Error("it names no archive")
	}
	for _, m := range found {
		if name := strings.ReplaceAll(m[1], "#{version}", s.version); s.sum[name] == "" || s.sum[name] != m[2] {
			t.Errorf("%s: %s, and checksums.txt says %q", name, m[2], s.sum[name])
		}
	}
	for _, want := range []string{`binary "gsw"`, `binary "gsw-shim"`, `binary "gsw", target: "goswitch"`, `manpage "man/gsw.1"`, `bash_completion "completions/gsw.bash"`, "com.apple.quarantine"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if _, err := exec.LookPath("ruby"); err != nil {
		disttest.Need(t, "there is no ruby here")
	}
	if out, err := exec.Command("ruby", "-c", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// scoop: the fields that a manifest of Scoop must have, and hashes that are those of the archives.
func (s *snapshotted) scoop(t *testing.T) {
	var manifest struct {
		Version, Homepage, License, Description string
		Architecture                            map[string]struct {
			URL, Hash string
			Bin       []string
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(read(t, filepath.Join(s.dist, "scoop", "bucket", "gsw.json"))))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Version != s.version || manifest.Homepage == "" || manifest.License == "" || manifest.Description == "" || len(manifest.Architecture) == 0 {
		t.Errorf("%+v", manifest)
	}
	for arch, a := range manifest.Architecture {
		if !slices.Contains([]string{"64bit", "32bit", "arm64"}, arch) || s.sum[filepath.Base(a.URL)] != a.Hash || !strings.HasSuffix(a.URL, ".zip") ||
			!slices.Equal(a.Bin, []string{"gsw.exe", "gsw-shim.exe"}) {
			t.Errorf("%s: %+v", arch, a)
		}
	}
}

// winget: three documents, with the fields that their schemas demand.
func (s *snapshotted) winget(t *testing.T) {
	dir := filepath.Join(s.dist, "winget", "manifests", "g", "gsw", "gsw", s.version)
	for name, fields := range map[string]string{
		"gsw.gsw.yaml":              "PackageIdentifier PackageVersion DefaultLocale ManifestType ManifestVersion",
		"gsw.gsw.installer.yaml":    "PackageIdentifier PackageVersion Installers ManifestType ManifestVersion",
		"gsw.gsw.locale.en-US.yaml": "PackageIdentifier PackageVersion PackageLocale Publisher PackageName License ShortDescription ManifestType ManifestVersion",
	} {
		var document map[string]any
		if err := yaml.Unmarshal(read(t, filepath.Join(dir, name)), &document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, field := range strings.Fields(fields) {
			if value, _ := document[field]; value == nil || value == "" {
				t.Errorf("%s has no %s", name, field)
			}
		}
		if document["PackageVersion"] != s.version {
			t.Errorf("%s is of %v", name, document["PackageVersion"])
		}
	}
	var installer struct {
		InstallerType string `yaml:"InstallerType"`
		Installers    []struct {
			Architecture string `yaml:"Architecture"`
			Type         string `yaml:"NestedInstallerType"`
			URL          string `yaml:"InstallerUrl"`
			Sum          string `yaml:"InstallerSha256"`
			Files        []struct {
				Path  string `yaml:"RelativeFilePath"`
				Alias string `yaml:"PortableCommandAlias"`
			} `yaml:"NestedInstallerFiles"`
		} `yaml:"Installers"`
	}
	if err := yaml.Unmarshal(read(t, filepath.Join(dir, "gsw.gsw.installer.yaml")), &installer); err != nil {
		t.Fatal(err)
	}
	if installer.InstallerType != "zip" || len(installer.Installers) == 0 {
		t.Errorf("%+v", installer)
	}
	for _, i := range installer.Installers {
		if !slices.Contains([]string{"x64", "x86", "arm64"}, i.Architecture) || i.Type != "portable" || s.sum[filepath.Base(i.URL)] != i.Sum ||
			len(i.Files) != 2 || i.Files[0].Path != "gsw.exe" || i.Files[1].Path != "gsw-shim.exe" {
			t.Errorf("%+v", i)
		}
	}
}

// same compares all programs with those of another dist folder.
func (s *snapshotted) same(t *testing.T, dist string) {
	programs, err := filepath.Glob(filepath.Join(s.dist, "gsw*_*", "gsw*"))
	if err != nil || len(programs) != 3*len(s.platforms) {
		t.Fatalf("%d programs of %d platforms: %v", len(programs), len(s.platforms), err)
	}
	compared := 0
	for _, program := range programs {
		name, err := filepath.Rel(s.dist, program)
		if err != nil {
			t.Fatal(err)
		}
		other, err := os.ReadFile(filepath.Join(dist, name))
		if errors.Is(err, os.ErrNotExist) {
			t.Logf("%s is in the first alone", name)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		compared++
		if !bytes.Equal(read(t, program), other) {
			t.Errorf("%s is not the same", name)
		}
	}
	if compared == 0 {
		t.Error("nothing could be compared")
	}
	t.Logf("%d programs are the same, byte for byte", compared)
}
