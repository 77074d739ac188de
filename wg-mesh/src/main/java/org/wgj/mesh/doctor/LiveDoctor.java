// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.mesh.status.StatusText;

import java.util.List;
import java.util.Set;

/** Examines a running mesh by what its coordinator and its nodes say. */
public final class LiveDoctor {
    private LiveDoctor() {}

    /**
     * Examines a mesh.
     *
     * @param view what is known of it
     * @return what was found, and a PASS for each fault that could be seen and was not there
     */
    public static List<Verdict> judge(LiveView view) {
        String mesh =
                view.meshOrNull() != null ? view.meshOrNull().mesh() : view.nodeOrNull().mesh();
        Verdicts verdicts = new Verdicts("mesh " + StatusText.visible(mesh));
        Links links = new Links(view);
        Set<Long> silent = new NodeChecks(view, links, verdicts).run();
        MachineChecks machine = new MachineChecks(view, links, verdicts);
        machine.run();
        new LinkChecks(view, links, silent, verdicts).run();
        machine.finish();
        return verdicts.all();
    }
}
