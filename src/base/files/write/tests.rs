use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::super::read_text;
use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_written_file_replaces_the_old_one_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    write_atomic(&path, "one").unwrap();
    write_atomic(&path, "two").unwrap();
    assert_eq!(read_text(&path).unwrap(), "two");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no leftovers"
    );
}

#[test]
fn a_new_file_never_replaces_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    write_new(&path, "one").unwrap();
    let refused = write_new(&path, "two").unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(read_text(&path).unwrap(), "one");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_private_file_is_its_owners_alone_even_where_an_open_one_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens/a.json");
    write_private(&path, "one").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    write_private(&path, "two").unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(read_text(&path).unwrap(), "two");
}

#[test]
fn what_replaces_a_file_has_its_permissions_and_is_where_its_links_lead() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link, dangling) = (
        folder.path().join("deep/a.yaml"),
        folder.path().join("link"),
        folder.path().join("dangling"),
    );
    fs::create_dir(folder.path().join("deep")).unwrap();
    fs::write(&file, "one").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    symlink("deep/a.yaml", &link).unwrap();
    symlink("deep/new.yaml", &dangling).unwrap();
    write_atomic(&link, "two").unwrap();
    write_atomic(&dangling, "new").unwrap();
    assert_eq!(
        (read_text(&file).unwrap().as_str(), mode(&file)),
        ("two", 0o640)
    );
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink());
    let new = folder.path().join("deep/new.yaml");
    assert_eq!(read_text(&new).unwrap(), "new");
}

#[test]
fn a_file_of_several_names_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    fs::write(&a, "a long first text").unwrap();
    fs::hard_link(&a, &b).unwrap();
    write_atomic(&a, "two").unwrap();
    assert_eq!(read_text(&b).unwrap(), "two");
}

#[cfg(target_os = "linux")]
#[test]
fn what_replaces_a_file_has_its_owner_and_attributes() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "one").unwrap();
    // Only root may give a file away; and not every file system has attributes.
    let is_given = std::os::unix::fs::chown(&path, Some(12_345), Some(12_346)).is_ok();
    let is_marked = setxattr(&path, "user.mark", b"x", XattrFlags::empty()).is_ok();
    let before = fs::metadata(&path).unwrap();
    write_atomic(&path, "two").unwrap();
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_ne!(before.ino(), after.ino(), "it was replaced");
    assert!(!is_given || after.uid() == 12_345);
    let mut value = [0; 8];
    let kept = getxattr(&path, "user.mark", &mut value);
    assert_eq!(kept.is_ok(), is_marked);
}

#[test]
fn a_pipe_is_written_to_and_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for write in [write_atomic, write_new] {
        let reader = Command::new("cat")
            .arg(&pipe)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        check_writable(&pipe).unwrap();
        assert_eq!(write(&pipe, "text").unwrap(), Written::Stream);
        let read = reader.wait_with_output().unwrap().stdout;
        assert_eq!(read, b"text");
        assert!(!fs::metadata(&pipe).unwrap().is_file());
    }
}

#[test]
fn an_open_file_is_written_to_behind_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "one,").unwrap();
    let file = OpenOptions::new().append(true).open(&path).unwrap();
    let descriptor = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    let link = folder.path().join("link");
    symlink(&descriptor, &link).unwrap();
    write_atomic(Path::new(&descriptor), "two,").unwrap();
    write_atomic(&link, "three").unwrap();
    assert_eq!(read_text(&path).unwrap(), "one,two,three");
}

#[test]
fn what_can_not_be_written_is_told_before_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let within = |name: &str| folder.path().join(name);
    let no_folder = format!("there is no folder `{}`", within("none").display());
    for (path, expected) in [
        (folder.path().to_owned(), "it is a folder"),
        (within("new/"), "it is a folder"),
        (within("none/a"), no_folder.as_str()),
        (socket, "it is a socket"),
        (within("socket/a"), "Not a directory"),
        (within(&"n".repeat(300)), "File name too long"),
        (PathBuf::new(), "its name is empty"),
    ] {
        for refused in [
            check_writable(&path).unwrap_err(),
            write_atomic(&path, "text").unwrap_err(),
            open_stream(&path).unwrap_err(),
        ] {
            assert!(
                refused.to_string().starts_with(expected),
                "{path:?}: {refused}"
            );
        }
    }
    check_writable(&within("new")).unwrap();
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "the socket"
    );
}

#[test]
fn a_file_that_can_not_be_replaced_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "a long first text").unwrap();
    let old = existing(&path).unwrap().unwrap();
    overwrite(old, &path, "two").unwrap();
    assert_eq!(read_text(&path).unwrap(), "two");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = Path::new("/dev/full");
    check_writable(full).unwrap();
    let refused = write_atomic(full, "text").unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
    assert!(!fs::metadata(full).unwrap().is_file());
}
