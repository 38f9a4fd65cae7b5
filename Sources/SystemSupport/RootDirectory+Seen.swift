package import DeliveryModel

extension RootDirectory {
  /// What tells this directory from another one at the same path. On a file system of another machine, or of a program, the
  /// numbers change without a reason: there only the path counts.
  package func seen() throws(SystemCallError) -> FolderRoot {
    let identity = try descriptor.status().identity
    let isLocal = try fileSystem().remoteName == nil
    return FolderRoot(
      path: Array(path.utf8), device: identity.device, inode: isLocal ? identity.inode : 0,
      generation: isLocal ? FileGeneration.of(descriptor.number) : 0, isMount: isMountRoot)
  }
}
