// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.util.ArrayList;
import java.util.List;

/** Records what the user would see. */
final class RecordedOutput implements Output {
    final List<String> steps = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();

    @Override
    public void step(String command) {
        steps.add(command);
    }

    @Override
    public void warn(String message) {
        warnings.add(message);
    }
}
