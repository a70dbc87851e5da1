package platform

import "golang.org/x/sys/windows"

const homeVariable = "USERPROFILE"

func accountHome() string {
	home, err := windows.GetCurrentProcessToken().GetUserProfileDirectory()
	if err != nil {
		return ""
	}
	return home
}
