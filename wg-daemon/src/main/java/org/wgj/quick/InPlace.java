// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Overwrites a file of the system that cannot be replaced, such as one that is mounted by itself.
 * On a full disk the file keeps its old content. A reader meanwhile, or a crash, may see a mixture.
 */
public final class InPlace {
    private InPlace() {}

    /**
     * Overwrites a file that exists. A link is not followed.
     *
     * @param file at most some megabytes
     * @param content the new content
     * @throws IOException if it fails; the file is as before then, if it can be written at all
     */
    public static void overwrite(Path file, byte[] content) throws IOException {
        try (SeekableByteChannel channel =
                Files.newByteChannel(
                        file,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS)) {
            overwrite(channel, content);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) { // of a channel, which does not name the file
            throw FileErrors.named(file, e);
        }
    }

    static void overwrite(SeekableByteChannel channel, byte[] content) throws IOException {
        byte[] before = read(channel);
        try {
            write(channel, content);
        } catch (IOException e) {
            try {
                write(channel, before); // it has kept its blocks
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private static byte[] read(SeekableByteChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (content.hasRemaining() && channel.read(content) >= 0) {
            continue;
        }
        byte[] bytes = new byte[content.position()];
        content.flip().get(bytes);
        return bytes;
    }

    /** Cuts the file last, so that no block is given away that the old content needs. */
    private static void write(SeekableByteChannel channel, byte[] content) throws IOException {
        channel.position(0);
        ByteBuffer left = ByteBuffer.wrap(content);
        while (left.hasRemaining()) {
            channel.write(left);
        }
        channel.truncate(content.length);
    }
}
