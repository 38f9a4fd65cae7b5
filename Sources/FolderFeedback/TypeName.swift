import DeliveryModel

/// Media types by the names that people in an office know; most are the same in every language.
extension Language {
  func typeName(_ type: String) -> String {
    switch type {
    case "application/octet-stream", "application/x-empty", "inode/x-empty": text(.unknownType)
    case "image/*": text(.anyImage)
    default: TypeName.known[type] ?? type
    }
  }

  /// Types separated by commas.
  func typeNames(_ types: String) -> String {
    types.pieces(at: ",").map { typeName(String($0.unicodeScalars.drop { $0 == " " })) }.joined(separator: ", ")
  }
}

private enum TypeName {
  static let known: [String: String] = [
    "application/pdf": "PDF", "application/zip": "ZIP", "application/xml": "XML", "text/xml": "XML",
    "text/html": "HTML", "text/csv": "CSV", "text/plain": "TXT", "application/rtf": "RTF", "text/rtf": "RTF",
    "image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF", "application/x-dosexec": "EXE",
    "application/msword": "Word (.doc)", "application/vnd.ms-excel": "Excel (.xls)",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word (.docx)",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel (.xlsx)",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint (.pptx)",
    "application/vnd.oasis.opendocument.text": "LibreOffice (.odt)",
    "application/vnd.oasis.opendocument.spreadsheet": "LibreOffice (.ods)", "application/pkcs7-mime": "P7M",
    "message/rfc822": "EML", "application/x-rar": "RAR", "application/x-7z-compressed": "7z",
  ]
}
