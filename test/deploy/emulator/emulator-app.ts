import path from 'node:path';
import { buildApp } from '../../../cdk/build-app.js';
import { createApp } from '../../../cdk/create-app.js';
import { projectRoot } from '../../../cdk/root.js';
import { loadScheduleSet } from '../../../cdk/schedules/load-schedule-set.js';
import { contextChoice } from '../../../cdk/settings/context.js';
import { loadSettings } from '../../../cdk/settings/load.js';

/** The app of cdk/app.ts in the profile of an emulated AWS; nothing but the deploy test runs it. */
const app = createApp();
const { file, choice } = contextChoice(app.node.getAllContext());
const settings = loadSettings(path.resolve(projectRoot, file), choice);
const schedules = await loadScheduleSet(path.resolve(projectRoot, settings.schedules));
buildApp(app, settings, { profile: 'emulator', schedules });
app.synth();
