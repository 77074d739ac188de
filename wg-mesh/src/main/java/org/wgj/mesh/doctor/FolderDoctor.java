// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import java.util.List;

/** Examines whether the files of a mesh's nodes fit together. Needs no network and no privilege. */
public final class FolderDoctor {
    private FolderDoctor() {}

    /**
     * Examines files.
     *
     * @param folder what reports call the folder
     * @param files the files of all nodes; the caller wipes their keys
     * @return what was found, and a PASS for each fault that was not
     */
    public static List<Verdict> judge(String folder, List<MeshFile> files) {
        Verdicts verdicts = new Verdicts(folder);
        SettingChecks.files(files, verdicts);
        Folder all = new Folder(files, verdicts);
        new PeerChecks(all, verdicts).run();
        new AddressChecks(all, verdicts).run();
        new RouteChecks(all, verdicts).run();
        new EndpointChecks(all, verdicts).run();
        new SettingChecks(all, verdicts).run();
        verdicts.passUnlessFound(Fault.ONE_SIDED, "every peer lists the other side too");
        verdicts.passUnlessFound(Fault.KEY, "every peer's key is that of another file");
        verdicts.passUnlessFound(Fault.PRESHARED_KEY, "the two files of each pair agree");
        verdicts.passUnlessFound(Fault.CLONE, "every file has a private key of its own");
        verdicts.passUnlessFound(Fault.ADDRESS, "every node has addresses of its own");
        verdicts.passUnlessFound(
                Fault.ALLOWED_IPS, "packets for each node's address go to that node");
        verdicts.passUnlessFound(
                Fault.TUNNEL_IN_TUNNEL, "no endpoint is reached through the mesh itself");
        verdicts.passUnlessFound(
                Fault.RANGE, "every address is in its network, and no two networks overlap");
        verdicts.passUnlessFound(Fault.MTU, "all nodes have the same MTU, and it fits");
        verdicts.passUnlessFound(Fault.HOOK, "no command touches what is not its own");
        verdicts.passUnlessFound(
                Fault.FILE,
                "%d files of %d nodes, which their owner alone can read"
                        .formatted(files.size(), all.nodes().size()));
        if (all.members().stream().anyMatch(member -> member.file().rulesetOrNull() != null)) {
            verdicts.passUnlessFound(
                    Fault.FIREWALL, "the rulesets in the folder accept every ListenPort");
        }
        return verdicts.all();
    }
}
