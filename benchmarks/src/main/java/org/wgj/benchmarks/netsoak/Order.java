// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * What a client asks of the server at the beginning of a connection, and the streams that follow:
 * every byte of them is known from the seed and its place.
 *
 * @param manner how the connection goes on and ends
 * @param lenient whether the server may see the connection fail, because of a fault of the tunnel
 * @param seed of both streams
 * @param toServer bytes to the server
 * @param toClient bytes to the client
 */
record Order(Manner manner, boolean lenient, long seed, long toServer, long toClient) {
    /** The ways in which a connection goes on and ends. */
    enum Manner {
        /** Both streams at once; each side shuts its own down. */
        BOTH_WAYS,
        /** Answers each chunk of the client with as many bytes, until the client has shut down. */
        ANSWERS,
        /** The server reads the end of the client's stream before it writes. */
        SERVER_LAST,
        /** The client reads the end of the server's stream before it writes. */
        CLIENT_LAST,
        /** The client ends it somewhere, with RST or an early close. */
        CLIENT_ABORTS,
        /** The server ends it somewhere with RST. */
        SERVER_ABORTS
    }

    private static final int MAX_CHUNK = 16_384;

    void write(OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(new java.io.BufferedOutputStream(out, 64));
        data.writeByte(manner.ordinal());
        data.writeBoolean(lenient);
        data.writeLong(seed);
        data.writeLong(toServer);
        data.writeLong(toClient);
        data.flush();
    }

    static Order read(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(in);
        return new Order(
                Manner.values()[data.readUnsignedByte()],
                data.readBoolean(),
                data.readLong(),
                data.readLong(),
                data.readLong());
    }

    /** Returns the byte at a place of the stream to the server, or to the client. */
    private byte pattern(boolean ofServer, long place) {
        return (byte) ((place ^ place >>> 8 ^ place >>> 16) * 31 + (ofServer ? seed : ~seed));
    }

    /** Writes bytes of one of the streams. */
    void send(OutputStream out, boolean toServer, long from, long length) throws IOException {
        byte[] chunk = new byte[MAX_CHUNK];
        long to = from + length;
        for (long place = from; place < to; ) {
            int count = (int) Math.min(chunk.length, to - place);
            for (int i = 0; i < count; i++) {
                chunk[i] = pattern(toServer, place + i);
            }
            out.write(chunk, 0, count);
            place += count;
        }
    }

    /**
     * Reads bytes of one of the streams and checks them.
     *
     * @throws WrongBytesException if they differ or are fewer
     */
    void receive(InputStream in, boolean toServer, long from, long length) throws IOException {
        byte[] chunk = new byte[MAX_CHUNK];
        long to = from + length;
        for (long place = from; place < to; ) {
            int count = in.read(chunk, 0, (int) Math.min(chunk.length, to - place));
            if (count < 0) {
                throw new WrongBytesException(manner + " ended at " + place + " of " + to);
            }
            for (int i = 0; i < count; i++) {
                if (chunk[i] != pattern(toServer, place + i)) {
                    throw new WrongBytesException(manner + " differs at " + (place + i));
                }
            }
            place += count;
        }
    }

    /**
     * Reads the end of a stream.
     *
     * @throws WrongBytesException if more comes
     */
    void receiveEnd(InputStream in) throws IOException {
        if (in.read() >= 0) {
            throw new WrongBytesException(manner + " has more bytes than were sent");
        }
    }
}
