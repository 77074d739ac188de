// SPDX-License-Identifier: Apache-2.0
package org.wgj.request;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.config.AllowedIps;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.KeyFile;
import org.wgj.tunnel.config.Values;
import org.wgj.uapi.SetCommand;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;

/**
 * Parses the words of {@code wg set INTERFACE ...}: settings of the interface first, then peers,
 * each with its own settings. Settings that are not named stay as they are. Parsing reads key files
 * and resolves endpoints, so if one of them is wrong, nothing is applied.
 */
public final class SetArguments {
    private final EndpointResolver resolver;
    private final List<SetCommand> commands = new ArrayList<>();
    private PeerWords peer;

    private SetArguments(EndpointResolver resolver) {
        this.resolver = resolver;
    }

    /** The settings of one peer. */
    private static final class PeerWords {
        final PublicKey key;
        boolean remove;
        PresharedKey presharedKey;
        InetSocketAddress endpoint;
        OptionalInt keepalive = OptionalInt.empty();
        AllowedIps allowedIps;

        PeerWords(PublicKey key) {
            this.key = key;
        }
    }

    /**
     * @throws IllegalArgumentException if a word is wrong; the message names the setting and never
     *     its value
     * @throws IOException if a key file cannot be read or an endpoint cannot be resolved
     */
    public static List<SetCommand> parse(List<String> words, EndpointResolver resolver)
            throws IOException {
        SetArguments arguments = new SetArguments(resolver);
        try {
            for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
                arguments.word(rest.next(), rest);
            }
            arguments.endPeer();
            return arguments.commands;
        } catch (IOException | IllegalArgumentException e) {
            SetCommand.wipe(arguments.commands);
            throw e;
        }
    }

    private void word(String word, Iterator<String> rest) throws IOException {
        if (word.equals("remove") && peer != null) {
            peer.remove = true;
            return;
        }
        if (!isSetting(word)) {
            throw new IllegalArgumentException(
                    peer == null
                            ? "expected listen-port, fwmark, private-key or peer"
                            : "expected remove, preshared-key, endpoint, persistent-keepalive,"
                                    + " allowed-ips or peer");
        }
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(
                    (word.length() <= 24 ? word : "a setting") + ": has no value");
        }
        String value = rest.next();
        try {
            if (word.equals("peer")) {
                endPeer();
                peer = new PeerWords(Values.publicKey(value));
            } else if (peer == null) {
                ofDevice(word, value);
            } else {
                ofPeer(word, value);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(word + ": " + e.getMessage(), e);
        }
    }

    private boolean isSetting(String word) {
        return switch (word) {
            case "peer" -> true;
            case "listen-port", "fwmark", "private-key" -> peer == null;
            case "preshared-key", "endpoint", "persistent-keepalive", "allowed-ips" -> peer != null;
            default -> false;
        };
    }

    private void ofDevice(String word, String value) throws IOException {
        commands.add(
                switch (word) {
                    case "listen-port" -> new SetCommand.ListenPort(Values.port(value));
                    case "fwmark" -> new SetCommand.Fwmark(Values.fwmark(value));
                    default -> new SetCommand.PrivateKey(KeyFile.privateKey(Path.of(value)));
                });
    }

    private void ofPeer(String word, String value) throws IOException {
        switch (word) {
            case "preshared-key" -> peer.presharedKey = KeyFile.presharedKey(Path.of(value));
            case "endpoint" -> peer.endpoint = resolver.resolve(Values.endpoint(value));
            case "persistent-keepalive" -> peer.keepalive = OptionalInt.of(Values.keepalive(value));
            default -> peer.allowedIps = Values.allowedIps(peer.allowedIps, value);
        }
    }

    private void endPeer() {
        if (peer == null) {
            return;
        }
        commands.add(new SetCommand.SelectPeer(peer.key));
        if (peer.remove) {
            commands.add(new SetCommand.Remove());
            return;
        }
        if (peer.presharedKey != null) {
            commands.add(new SetCommand.Preshared(peer.presharedKey));
        }
        if (peer.endpoint != null) {
            commands.add(new SetCommand.Endpoint(peer.endpoint));
        }
        peer.keepalive.ifPresent(
                seconds -> commands.add(new SetCommand.PersistentKeepalive(seconds)));
        if (peer.allowedIps != null) {
            commands.addAll(AllowedIpCommands.of(peer.allowedIps));
        }
    }
}
