/// Media types by the names that people in an office know; these are the same in every language.
enum TypeName {
  static func text(_ type: String) -> String { known[type] ?? type }

  /// Types separated by commas.
  static func list(_ types: String) -> String {
    types.split(separator: ",").map { text(String($0.drop { $0 == " " })) }.joined(separator: ", ")
  }

  private static let known: [String: String] = [
    "application/pdf": "PDF", "application/zip": "ZIP", "application/xml": "XML", "text/xml": "XML",
    "text/html": "HTML", "text/csv": "CSV", "text/plain": "TXT", "application/rtf": "RTF", "text/rtf": "RTF",
    "image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF", "image/*": "JPEG, PNG, TIFF, …",
    "application/msword": "Word (.doc)", "application/vnd.ms-excel": "Excel (.xls)",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word (.docx)",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel (.xlsx)",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint (.pptx)",
    "application/vnd.oasis.opendocument.text": "LibreOffice (.odt)",
    "application/vnd.oasis.opendocument.spreadsheet": "LibreOffice (.ods)", "application/pkcs7-mime": "P7M",
    "message/rfc822": "EML", "application/octet-stream": "?",
  ]
}
