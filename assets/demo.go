package assets

// DemoList gives the spreadsheet (.xlsx) of the demonstration for office 1 or
// 2, nil for any other. internal/synth says which people stand in them.
func DemoList(office int) []byte {
	names := map[int]string{1: "demo/may_mac.xlsx", 2: "demo/dien_tu.xlsx"}
	text, err := files.ReadFile(names[office])
	if err != nil {
		return nil
	}
	return text
}
