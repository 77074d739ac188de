// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;

@Timeout(60)
class PcapWriterTest {
    private static final long NOW_NS = -5_000_000_000L; // a monotonic clock may be negative
    private static final Clock CLOCK =
            Clock.fixed(Instant.ofEpochSecond(1_800_000_000L, 999_999_000), ZoneOffset.UTC);

    /** Four bytes before the packet and behind it, which do not belong to it. */
    private static final MemorySegment MEMORY =
            MemorySegment.ofArray(new byte[] {9, 9, 9, 9, 0x45, 1, 2, 3, 4, 5, 9, 9, 9, 9});

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    @Test
    void packetsHaveTheirTimeAndLength() throws IOException {
        try (PcapWriter writer = writer(Channels.newChannel(file), 100, 1 << 20)) {
            writer.packet(false, MEMORY, 4, 6, NOW_NS);
            writer.packet(true, MEMORY, 5, 2, NOW_NS + 1_000);
            assertEquals(2, writer.packets());
        }
        PcapReader read = PcapReader.read(file.toByteArray());
        assertEquals(100, read.snapLength());
        PcapReader.Packet first = read.packets().get(0);
        assertEquals(1_800_000_000L, first.seconds());
        assertEquals(999_999_000, first.nanoseconds());
        assertEquals(6, first.originalLength());
        assertArrayEquals(new byte[] {0x45, 1, 2, 3, 4, 5}, first.bytes());
        PcapReader.Packet second = read.packets().get(1);
        assertEquals(1_800_000_001L, second.seconds());
        assertEquals(0, second.nanoseconds());
        assertArrayEquals(new byte[] {1, 2}, second.bytes());
        assertEquals(2, read.packets().size());
    }

    @Test
    void longPacketsAreCut() throws IOException {
        try (PcapWriter writer = writer(Channels.newChannel(file), 3, 1 << 20)) {
            writer.packet(false, MEMORY, 4, 6, NOW_NS);
            writer.packet(false, MEMORY, 4, 3, NOW_NS);
        }
        PcapReader read = PcapReader.read(file.toByteArray());
        assertArrayEquals(new byte[] {0x45, 1, 2}, read.packets().get(0).bytes());
        assertEquals(6, read.packets().get(0).originalLength());
        assertEquals(3, read.packets().get(1).originalLength());
    }

    @Test
    void manyPacketsKeepTheirOrder() throws IOException {
        int count = 100_000;
        byte[] bytes = new byte[60];
        ByteBuffer packet = ByteBuffer.wrap(bytes);
        PcapWriter writer = writer(Channels.newChannel(file), 100, 1L << 30);
        try (writer) {
            for (int i = 0; i < count; i++) {
                packet.putInt(0, i);
                writer.packet(false, MemorySegment.ofArray(bytes), 0, 60, NOW_NS + i);
            }
        }
        List<PcapReader.Packet> packets = PcapReader.read(file.toByteArray()).packets();
        assertEquals(writer.packets(), packets.size());
        assertEquals(count, writer.packets() + writer.dropped());
        int last = -1;
        for (PcapReader.Packet read : packets) {
            int number = ByteBuffer.wrap(read.bytes()).getInt();
            assertTrue(number > last);
            last = number;
        }
    }

    /** The disk takes nothing: the stack goes on, memory stays bounded, what is lost is counted. */
    @Test
    void stuckDiskDoesNotStopTheStack() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        WritableByteChannel stuck =
                channel(
                        bytes -> {
                            await(go);
                            return drain(bytes);
                        });
        byte[] packet = new byte[1420];
        int count = 2 * PcapWriter.CHUNKS * PcapWriter.CHUNK_BYTES / packet.length;
        PcapWriter writer = writer(stuck, PcapWriter.WHOLE_PACKETS, 1L << 30);
        try (writer) {
            for (int i = 0; i < count; i++) {
                writer.packet(true, MemorySegment.ofArray(packet), 0, packet.length, NOW_NS);
            }
            assertEquals(count, writer.packets() + writer.dropped());
            assertTrue(writer.dropped() > count / 3, () -> writer.dropped() + " dropped");
            assertTrue(writer.packets() > count / 3, () -> writer.packets() + " taken");
            go.countDown();
        }
        assertEquals(writer.packets(), PcapReader.read(file.toByteArray()).packets().size());
    }

    @Test
    void channelMayTakeAFewBytesAtATime() throws IOException {
        WritableByteChannel slow =
                channel(
                        bytes -> {
                            file.write(bytes.get());
                            return 1;
                        });
        try (PcapWriter writer = writer(slow, 100, 1 << 20)) {
            writer.packet(false, MEMORY, 4, 6, NOW_NS);
        }
        assertEquals(1, PcapReader.read(file.toByteArray()).packets().size());
    }

    @Test
    void failedDiskIsToldAtTheEnd() throws Exception {
        CountDownLatch tried = new CountDownLatch(1);
        WritableByteChannel full =
                channel(
                        bytes -> {
                            tried.countDown();
                            throw new IOException("No space left on device");
                        });
        PcapWriter writer = writer(full, 100, 1 << 20);
        tried.await();
        IOException e = assertThrows(IOException.class, writer::close);
        assertEquals("the capture ended early: No space left on device", e.getMessage());
        writer.packet(false, MEMORY, 4, 6, NOW_NS);
        assertEquals(0, writer.packets());
    }

    @Test
    void fullFileGetsNoMore() throws IOException {
        long room = PcapWriter.FILE_HEADER_BYTES + 2 * (PcapWriter.RECORD_HEADER_BYTES + 6);
        PcapWriter writer = writer(Channels.newChannel(file), 100, room);
        try (writer) {
            for (int i = 0; i < 5; i++) {
                writer.packet(false, MEMORY, 4, 6, NOW_NS);
            }
        }
        assertEquals(2, writer.packets());
        assertEquals(3, writer.dropped());
        assertEquals(room, file.size());
    }

    @Test
    void readersSeePacketsBeforeTheEnd() throws Exception {
        CountDownLatch saved = new CountDownLatch(2); // the header, then the packet
        WritableByteChannel observed =
                channel(
                        bytes -> {
                            saved.countDown();
                            return drain(bytes);
                        });
        try (PcapWriter writer = writer(observed, 100, 1 << 20)) {
            while (saved.getCount() == 2) {
                Thread.onSpinWait();
            }
            writer.packet(false, MEMORY, 4, 6, NOW_NS);
            saved.await();
        }
    }

    @Test
    void nothingIsTakenAfterTheEnd() throws IOException {
        PcapWriter writer = writer(Channels.newChannel(file), 100, 1 << 20);
        writer.close();
        writer.close();
        writer.packet(false, MEMORY, 4, 6, NOW_NS);
        assertEquals(0, PcapReader.read(file.toByteArray()).packets().size());
        assertEquals(0, writer.packets() + writer.dropped());
    }

    @Test
    void onlyTheOwnerMayRead(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("new.pcap");
        PcapWriter.open(path, 0).close();
        assertEquals("rw-------", rights(path));
        Path old = Files.writeString(folder.resolve("old.pcap"), "old content, and a lot of it");
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rw-rw-rw-"));
        PcapWriter.open(old, 0).close();
        assertEquals("rw-------", rights(old));
        assertEquals(PcapWriter.FILE_HEADER_BYTES, Files.size(old));
    }

    @Test
    void linksAreReplacedAndNotFollowed(@TempDir Path folder) throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "keep me");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        PcapWriter.open(link, 0).close();
        assertEquals("keep me", Files.readString(target));
        assertTrue(Files.isRegularFile(link, LinkOption.NOFOLLOW_LINKS));
        Path dangling = Files.createSymbolicLink(folder.resolve("d"), folder.resolve("nowhere"));
        PcapWriter.open(dangling, 0).close();
        assertFalse(Files.exists(folder.resolve("nowhere")));
    }

    @Test
    void devicesAreWrittenToAndFoldersRefused(@TempDir Path folder) throws IOException {
        PcapWriter.open(Path.of("/dev/null"), 0).close();
        assertTrue(Files.exists(Path.of("/dev/null")));
        assertFalse(Files.isRegularFile(Path.of("/dev/null")));
        assertThrows(IOException.class, () -> PcapWriter.open(folder, 0));
        assertThrows(IOException.class, () -> PcapWriter.open(folder.resolve("no/file"), 0));
    }

    @Test
    void snapLengthHasItsRange(@TempDir Path folder) {
        for (int wrong : new int[] {0, -1, 65_536}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> PcapWriter.open(folder.resolve("a"), wrong, 1 << 20, 0));
        }
        assertFalse(Files.exists(folder.resolve("a")));
    }

    @Test
    void tcpdumpReadsIt(@TempDir Path folder) throws Exception {
        assumeTrue(
                List.of("/usr/bin/tcpdump", "/usr/sbin/tcpdump").stream()
                        .anyMatch(program -> Files.isExecutable(Path.of(program))),
                "tcpdump is not installed");
        Path path = folder.resolve("test.pcap");
        byte[] udp = {
            0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 3, -24, 48, 57, 0,
            8, 0, 0
        };
        try (PcapWriter writer = PcapWriter.open(path, 0)) {
            writer.packet(true, MemorySegment.ofArray(udp), 0, udp.length, 0);
        }
        Process process =
                new ProcessBuilder("tcpdump", "-n", "-t", "-r", path.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals("IP 10.0.0.1.1000 > 10.0.0.2.12345: UDP, length 0\n", output);
        assertEquals(0, process.waitFor());
    }

    private static PcapWriter writer(WritableByteChannel out, int snapLength, long maxBytes) {
        return new PcapWriter(out, snapLength, maxBytes, NOW_NS, CLOCK);
    }

    private interface Write {
        int write(ByteBuffer bytes) throws IOException;
    }

    private static WritableByteChannel channel(Write write) {
        return new WritableByteChannel() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                return write.write(bytes);
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    private int drain(ByteBuffer bytes) {
        int count = bytes.remaining();
        byte[] all = new byte[count];
        bytes.get(all);
        file.writeBytes(all);
        return count;
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static String rights(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
