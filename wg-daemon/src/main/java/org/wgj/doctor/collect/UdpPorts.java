// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.Observation.UdpPort;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the processes that receive on UDP ports, from the tables of proc(5). */
final class UdpPorts {
    private record Socket(int port, boolean ipv6, String inode) {}

    private UdpPorts() {}

    /**
     * @param wanted the ports to look for, since finding owners takes long
     */
    static List<UdpPort> read(Path proc, Set<Integer> wanted) {
        List<Socket> sockets = new ArrayList<>();
        for (boolean ipv6 : new boolean[] {false, true}) {
            for (String line : lines(proc.resolve(ipv6 ? "net/udp6" : "net/udp"))) {
                Socket socket = parse(line, ipv6);
                if (socket != null && wanted.contains(socket.port())) {
                    sockets.add(socket);
                }
            }
        }
        Map<String, String> owners = sockets.isEmpty() ? Map.of() : owners(proc, sockets);
        return sockets.stream()
                .map(s -> new UdpPort(s.port(), s.ipv6(), owners.get(s.inode())))
                .toList();
    }

    /** {@code sl local_address rem_address st queues tr:when retrnsmt uid timeout inode …} */
    private static Socket parse(String line, boolean ipv6) {
        String[] words = line.strip().split("\\s+");
        if (words.length < 10 || !words[1].matches("[0-9A-F]+:[0-9A-F]{4}")) {
            return null; // the heading
        }
        int port = Integer.parseInt(words[1].substring(words[1].indexOf(':') + 1), 16);
        return new Socket(port, ipv6, words[9]);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of(); // the kernel lacks that family
        }
    }

    private static Map<String, String> owners(Path proc, List<Socket> sockets) {
        Map<String, String> inodes = new HashMap<>(); // by the target of a descriptor's link
        sockets.forEach(s -> inodes.put("socket:[" + s.inode() + "]", s.inode()));
        Map<String, String> owners = new HashMap<>();
        for (Path process : list(proc, "[0-9]*")) {
            for (Path descriptor : list(process.resolve("fd"), "*")) {
                try {
                    String inode = inodes.get(Files.readSymbolicLink(descriptor).toString());
                    if (inode != null) {
                        String name = Files.readString(process.resolve("comm")).strip();
                        owners.put(inode, name + " (" + process.getFileName() + ")");
                    }
                } catch (IOException e) {
                    // It was closed or has ended, or belongs to another user.
                }
            }
        }
        return owners;
    }

    private static List<Path> list(Path folder, String glob) {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
            stream.forEach(paths::add);
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            return paths; // it belongs to another user, or has ended
        }
        return paths;
    }
}
