// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

class InPlaceTest {
    private static final String OLD = "127.0.0.1 localhost\n";
    private static final String LONGER = OLD + "10.77.0.2 web-1\n";

    @TempDir Path folder;

    /** A file on a disk that has room for so many bytes of it. */
    private record SmallDisk(SeekableByteChannel file, int room) implements SeekableByteChannel {
        @Override
        public int write(ByteBuffer source) throws IOException {
            long left = room - file.position();
            if (left <= 0) {
                throw new IOException("No space left on device");
            }
            int length = (int) Math.min(left, source.remaining());
            int written = file.write(source.slice(source.position(), length));
            source.position(source.position() + written);
            return written;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return file.read(target);
        }

        @Override
        public long position() throws IOException {
            return file.position();
        }

        @Override
        public SeekableByteChannel position(long position) throws IOException {
            file.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public SeekableByteChannel truncate(long size) throws IOException {
            file.truncate(size);
            return this;
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void theFileHasTheNewContentAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("hosts"), OLD);
        InPlace.overwrite(file, bytes(LONGER));
        assertEquals(LONGER, Files.readString(file));
        InPlace.overwrite(file, bytes("short\n"));
        assertEquals("short\n", Files.readString(file));
        InPlace.overwrite(file, bytes(""));
        assertEquals("", Files.readString(file));
    }

    @Test
    void onAFullDiskTheOldContentStays() throws IOException {
        Path file = Files.writeString(folder.resolve("hosts"), OLD);
        for (int room = OLD.length(); room < LONGER.length(); room++) {
            try (SmallDisk disk =
                    new SmallDisk(
                            Files.newByteChannel(
                                    file, StandardOpenOption.READ, StandardOpenOption.WRITE),
                            room)) {
                assertThrows(IOException.class, () -> InPlace.overwrite(disk, bytes(LONGER)));
            }
            assertEquals(OLD, Files.readString(file));
        }
    }

    @Test
    void aLinkIsNotFollowedAndNothingIsMade() throws IOException {
        Path file = Files.writeString(folder.resolve("hosts"), OLD);
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        assertThrows(FileSystemException.class, () -> InPlace.overwrite(link, bytes(LONGER)));
        assertEquals(OLD, Files.readString(file));
        assertThrows(
                NoSuchFileException.class,
                () -> InPlace.overwrite(folder.resolve("none"), bytes(LONGER)));
    }
}
