// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;

/** {@code wgj mesh stock}: adds a peer that runs another WireGuard. */
@Command(
        name = "stock",
        mixinStandardHelpOptions = true,
        description = {
            "Adds a peer that runs the kernel's WireGuard or an app, and prints a file for wg-quick"
                + " on standard output. The peer reaches all nodes through a coordinator's relay,"
                + " which reads nothing; if none relays, it reaches nodes with public endpoints"
                + " directly.",
            "Without --key it makes a private key, which is in that file and nowhere else. The file"
                    + " does not change by itself: when nodes come or go, --again prints a new one."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj mesh stock phone > wgmesh.conf",
            "  wgj mesh stock router --key 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg='",
            "  wgj mesh stock router --again"
        })
final class StockCommand extends Admin {
    @Parameters(paramLabel = "NAME", description = "The peer's name in the mesh.")
    private String name;

    @Option(names = "--key", paramLabel = "KEY", description = "Its public key.")
    private String key;

    @Option(
            names = "--again",
            description = "Print the file of a peer that is there, without its private key.")
    private boolean again;

    StockCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        if (again) {
            JsonObject peer = calls.call("GET", "/nodes/" + encoded(name), null).getAsJsonObject();
            if (!peer.get("stock").getAsBoolean()) {
                throw new IOException(name + " runs wgj and needs no such file");
            }
            print(calls, peer, null);
            return;
        }
        PrivateKey own = key == null ? PrivateKey.generate() : null;
        try {
            String publicKey =
                    own != null ? own.publicKey().toBase64() : PublicKey.fromBase64(key).toBase64();
            JsonObject peer =
                    calls.call("POST", "/stock", object("name", name, "key", publicKey))
                            .getAsJsonObject();
            print(calls, peer, own);
            if ("pending".equals(text(peer, "state"))) {
                err().println(
                                "the mesh has a lock: the peer is in it after wgj mesh approve "
                                        + text(peer, "name")
                                        + " --lock FILE");
            }
        } finally {
            if (own != null) {
                own.wipe();
            }
        }
    }

    private void print(AdminCalls calls, JsonObject peer, PrivateKey ownOrNull) throws IOException {
        String file = file(calls, peer, ownOrNull);
        if (isJson()) {
            peer.addProperty("config", file);
            out().println(peer);
        } else {
            out().print(file);
        }
    }

    private String file(AdminCalls calls, JsonObject peer, PrivateKey ownOrNull)
            throws IOException {
        StockFile file = new StockFile(calls.call("GET", "/mesh", null).getAsJsonObject());
        String text =
                file.text(peer, ownOrNull, calls.call("GET", "/nodes", null).getAsJsonArray());
        if (!file.unreachable().isEmpty()) {
            err().println(
                            "these nodes have no public endpoint, and no coordinator relays (wgj"
                                    + " mesh init --no-relay) or they take no relay (wgj join"
                                    + " --direct-only), so the peer cannot reach them: "
                                    + String.join(", ", file.unreachable()));
        }
        return text;
    }
}
