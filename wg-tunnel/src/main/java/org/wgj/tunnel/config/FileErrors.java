// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Says for users what is wrong with a file, and what to do. The messages of many {@link
 * FileSystemException}s are a path and nothing else.
 */
public final class FileErrors {
    private FileErrors() {}

    /**
     * Describes a failure.
     *
     * @param failure any
     * @return one line, with the file that failed if it is known; else the failure's own message
     */
    public static String text(IOException failure) {
        return failure instanceof FileSystemException file && file.getFile() != null
                ? culprit(file) + ": " + reason(file)
                : message(failure);
    }

    /**
     * Makes a failure that names its file, which that of an open channel does not.
     *
     * @param file the channel's
     * @param failure becomes the cause
     * @return to be thrown
     */
    public static FileSystemException named(Path file, IOException failure) {
        FileSystemException named =
                new FileSystemException(file.toString(), null, failure.getMessage());
        named.initCause(failure);
        return named;
    }

    /** Some failures have no message, such as that of a channel which another thread has closed. */
    private static String message(IOException failure) {
        return failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getMessage();
    }

    /**
     * Describes a failure without its file, for a message that names the file already.
     *
     * @param failure any
     * @return a part of a line
     */
    public static String reason(IOException failure) {
        if (!(failure instanceof FileSystemException known) || known.getFile() == null) {
            return message(failure);
        }
        Path file = Path.of(culprit(known));
        return switch (known) {
            case AccessDeniedException _ -> Denied.using(existing(file));
            case NoSuchFileException _ -> missing(file);
            case NotDirectoryException _ -> "this is no folder: name a folder, or move it away";
            case FileAlreadyExistsException _ ->
                    "this exists already: move it away, or name another file";
            case DirectoryNotEmptyException _ -> "the folder is not empty: empty it first";
            default -> reason(file, String.valueOf(known.getReason()));
        };
    }

    /** Returns the file to blame: if a folder is in the way of a move, that folder. */
    private static String culprit(FileSystemException failure) {
        return failure.getOtherFile() != null && "Is a directory".equals(failure.getReason())
                ? failure.getOtherFile()
                : failure.getFile();
    }

    /** The system's words for what Java has no exception for. */
    private static String reason(Path file, String system) {
        return switch (system) {
            case "Not a directory" ->
                    notFolder(file) + " is no folder: name another path, or move it away";
            case "Is a directory" -> "this is a folder, but must be a file: name the file in it";
            case "Read-only file system" ->
                    "the file system is read-only: name another folder, or make it writable"
                            + " (mount -o remount,rw)";
            case "No space left on device" ->
                    "no space or no inode is left: free some (df -h and df -i show how much)";
            case "Disk quota exceeded" -> "the disk quota of this user is used up: free some space";
            case "File name too long" -> "the name is too long: choose a shorter one";
            default ->
                    system.startsWith("Too many levels of symbolic links")
                            ? "symbolic links lead in a circle: name the file itself"
                            : system;
        };
    }

    private static String missing(Path file) {
        Path folder = existing(file.toAbsolutePath().normalize());
        Path parent = file.toAbsolutePath().normalize().getParent();
        return parent == null || folder.equals(parent)
                ? "there is no such file or folder: check the name"
                : "the folder "
                        + folder.resolve(folder.relativize(parent).getName(0))
                        + " does not exist: make it, or check the path";
    }

    /** Returns the file, or the nearest folder above it that exists. */
    private static Path existing(Path file) {
        Path at = file.toAbsolutePath().normalize();
        while (at.getParent() != null && !Files.exists(at) && mayLookInto(at.getParent())) {
            at = at.getParent();
        }
        return at;
    }

    /**
     * Returns whether it is known that a file is missing in a folder; it may just be hidden from
     * us.
     */
    private static boolean mayLookInto(Path folder) {
        return !Files.isDirectory(folder) || Files.isExecutable(folder);
    }

    private static Path notFolder(Path file) {
        Path at = file.toAbsolutePath().normalize();
        while (at.getParent() != null && !Files.exists(at)) {
            at = at.getParent();
        }
        return at;
    }
}
