package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
)

// officeTheme is the toolkit's own, always light: a register is read beside
// paper, and screenshots look alike everywhere.
type officeTheme struct{ fyne.Theme }

// Color gives the light colours; those of states darker, for they are words on
// white here and not only icons.
func (t officeTheme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameSuccess:
		return color.NRGBA{R: 0x1b, G: 0x7a, B: 0x3d, A: 0xff}
	case theme.ColorNameWarning:
		return color.NRGBA{R: 0x9a, G: 0x5b, B: 0x00, A: 0xff}
	case theme.ColorNameError:
		return color.NRGBA{R: 0xb7, G: 0x1c, B: 0x1c, A: 0xff}
	}
	return t.Theme.Color(name, theme.VariantLight)
}

// speak gives the toolkit its own words in the window's language. It chooses
// by the system's locale, which need not be ours: so the Vietnamese words are
// given under that name too.
func speak(language string) {
	if language != "vi" {
		return
	}
	for _, l := range []fyne.Locale{"vi", lang.SystemLocale()} {
		if err := lang.AddTranslationsForLocale([]byte(toolkitWords), l); err != nil {
			fyne.LogError("the toolkit's words", err)
		}
	}
}

const toolkitWords = `{
"Advanced": "Nâng cao", "Cancel": "Thôi", "Confirm": "Xác nhận", "Copy": "Chép", "Create Folder": "Tạo thư mục",
"Cut": "Cắt", "Enter filename": "Nhập tên tệp", "Error": "Lỗi", "Favourites": "Hay dùng", "File": "Tệp",
"Folder": "Thư mục", "New Folder": "Thư mục mới", "No": "Không", "OK": "Được", "Open": "Mở", "Paste": "Dán",
"Quit": "Thoát", "Redo": "Làm lại", "Save": "Lưu", "Select all": "Chọn tất cả", "Show Hidden Files": "Hiện tệp ẩn",
"Undo": "Hoàn tác", "Yes": "Có", "file.name": {"other": "Tên"}, "file.parent": {"other": "Lên một bậc"},
"monday": "Thứ Hai", "monday.short": "T2", "tuesday": "Thứ Ba", "tuesday.short": "T3", "wednesday": "Thứ Tư",
"wednesday.short": "T4", "thursday": "Thứ Năm", "thursday.short": "T5", "friday": "Thứ Sáu", "friday.short": "T6",
"saturday": "Thứ Bảy", "saturday.short": "T7", "sunday": "Chủ nhật", "sunday.short": "CN"}`
