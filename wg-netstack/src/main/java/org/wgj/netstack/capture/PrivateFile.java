// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.capture;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Makes files that only their owner can read, since packets hold what users say to each other. */
final class PrivateFile {
    private PrivateFile() {}

    /**
     * Makes a new file, also if there is one: the rights and the owner of an old one do not carry
     * over, and a symbolic link is replaced, not followed. Anything but a file, such as a FIFO to
     * Wireshark, is opened as it is.
     */
    static WritableByteChannel create(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            return Files.newByteChannel(path, StandardOpenOption.WRITE); // a directory: throws
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(path);
        }
        return newFile(path);
    }

    private static SeekableByteChannel newFile(Path path) throws IOException {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes =
                posix
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0];
        return Files.newByteChannel(
                path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes);
    }
}
