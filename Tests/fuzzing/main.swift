import Glibc

/// libFuzzer as a library: its own `main` would be one too many (https://llvm.org/docs/LibFuzzer.html).
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// Which parser this run is about: PARSER of the environment.
private let parser = getenv("PARSER").flatMap { Parsers.all[String(cString: $0)] }

if parser == nil {
  print(Parsers.all.keys.sorted().joined(separator: "\n"))
  exit(getenv("PARSER") == nil ? 0 : 64)
}
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(
  runFuzzer(&count, &arguments) { bytes, count in
    parser?(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  })
