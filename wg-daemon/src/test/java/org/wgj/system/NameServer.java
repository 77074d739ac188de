// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A process that is a name server (RFC 1035, 4.1): every name has one IPv4 address, its first
 * argument. Its own address is the second argument; without one, 127.0.0.1. It says {@code ready}
 * and runs until it is ended.
 */
final class NameServer {
    private static final int HEADER = 12;
    private static final short TYPE_A = 1;

    private NameServer() {}

    public static void main(String[] arguments) throws IOException {
        byte[] address = InetAddress.ofLiteral(arguments[0]).getAddress();
        String own = arguments.length > 1 ? arguments[1] : "127.0.0.1";
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(own, 53))) {
            System.out.println("ready");
            DatagramPacket packet = new DatagramPacket(new byte[512], 512);
            while (true) {
                socket.receive(packet);
                byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
                byte[] answer = answer(query, address);
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                packet.setLength(512);
            }
        }
    }

    private static byte[] answer(byte[] query, byte[] address) {
        int end = HEADER;
        while (query[end] != 0) {
            end += 1 + query[end];
        }
        int type = ByteBuffer.wrap(query).getShort(end + 1);
        int questionEnd = end + 5;
        boolean known = type == TYPE_A;
        ByteBuffer answer = ByteBuffer.allocate(questionEnd + (known ? 12 + address.length : 0));
        answer.put(query, 0, questionEnd);
        answer.putShort(2, (short) 0x8180); // an answer, recursion there, no error
        answer.putShort(6, (short) (known ? 1 : 0));
        answer.putInt(8, 0);
        if (known) {
            answer.putShort((short) (0xc000 | HEADER)); // the name of the question
            answer.putShort(TYPE_A).putShort((short) 1).putInt(0);
            answer.putShort((short) address.length).put(address);
        }
        return answer.array();
    }
}
