// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.FileOwner;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A resolv.conf(5), replaced as a whole. If that is impossible because the file is a mount, as in
 * most containers, the text is overwritten in place. It never writes through a link into a folder
 * of another user, such as that of systemd-resolved.
 */
final class ResolvConfFile {
    private final Path file;

    ResolvConfFile(Path file) {
        this.file = file;
    }

    /**
     * The content of a file.
     *
     * @param text null without a file; the target of a symbolic link
     */
    record Content(String text, boolean link) {}

    Content read() throws IOException {
        try {
            if (Files.isSymbolicLink(file)) {
                return new Content(Files.readSymbolicLink(file).toString(), true);
            }
            return new Content(Files.readString(file), false);
        } catch (NoSuchFileException e) {
            return new Content(null, false);
        }
    }

    void write(Content content) throws IOException {
        if (content.text() == null) {
            delete();
            return;
        }
        Path next = file.resolveSibling("." + file.getFileName() + ".wgj");
        try {
            Files.deleteIfExists(next);
            if (content.link()) {
                Files.createSymbolicLink(next, Path.of(content.text()));
            } else {
                Files.writeString(next, content.text(), StandardOpenOption.CREATE_NEW);
                // Programs of all users read it, whatever the umask is.
                Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-r--r--"));
            }
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            if (content.link()) {
                throw e;
            }
            overwrite(content.text(), e);
        } finally {
            deleteQuietly(next);
        }
    }

    private void delete() throws IOException {
        try {
            Files.deleteIfExists(file);
        } catch (FileSystemException e) {
            overwrite("", e);
        }
    }

    private void overwrite(String text, IOException before) throws IOException {
        try {
            InPlace.overwrite(
                    Files.isSymbolicLink(file) ? trustedTarget() : file,
                    text.getBytes(StandardCharsets.UTF_8));
        } catch (FileSystemException e) {
            e.addSuppressed(before);
            throw new IOException(
                    file
                            + " cannot be written: "
                            + FileErrors.reason(e)
                            + "; leave DNS out of the"
                            + " configuration or make it writable",
                    e);
        }
    }

    private Path trustedTarget() throws IOException {
        Path target = file.toRealPath();
        try {
            FileOwner.requireFolder(target.getParent());
            return target;
        } catch (IOException e) {
            throw new IOException(
                    "%s cannot be replaced, and leads into a folder of another user, %s; leave DNS out of the configuration or make %s writable"
                            .formatted(file, target.getParent(), file.getParent()),
                    e);
        }
    }

    private static void deleteQuietly(Path next) {
        try {
            Files.deleteIfExists(next);
        } catch (IOException e) {
            // The folder is not writable, so the file does not exist.
        }
    }
}
