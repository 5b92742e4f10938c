/** `experiment_provenance_v1` (facts/formats.md section 7): fenced YAML in SOURCE.md, the same as provenance.json. Absent is unknown, never a match. */
import * as z from 'zod'

const said = z.exactOptional(z.string().nullable())
const list = z.exactOptional(z.array(z.string()).nullable())

export const deliverySchema = z.enum(['image', 'overlay', 'patchedVllm', 'infr-patch'])

export const provenanceSchema = z.looseObject({
  schema: z.literal('experiment_provenance_v1').default('experiment_provenance_v1').describe('Absent: version 1'),
  identity: z.looseObject({
    run_id: z.string().min(1),
    id_slug: said,
    title: said,
    hypothesis: said,
    family: said,
    tags: list,
    status: z.exactOptional(z.enum(['active', 'verified', 'refuted', 'incomplete', 'superseded'])),
    supersedes: said,
    superseded_by: said,
  }),
  source: z.exactOptional(
    z.array(
      z.looseObject({
        repo: z.string().min(1),
        branch: said,
        commit: said,
        dirty: z.exactOptional(z.boolean().nullable()),
        delivery: z.exactOptional(deliverySchema.nullable()),
        overlay_mode: z.exactOptional(z.enum(['subpath', 'patchset-initcontainer', 'pythonpath-sitecustomize']).nullable()),
        image: said,
        image_digest: said,
        image_pip_version: said,
        overlay_configmap: said,
        patch_files: list,
      }),
    ),
  ),
  lineage: z.exactOptional(z.looseObject({ cluster_objects: list, perf_lake_campaign: said, s3_paths: list })),
  verdict: z.exactOptional(
    z.looseObject({ tier: z.exactOptional(z.enum(['draft', 'verdict'])), claim: said, baseline: said, metric: said }),
  ),
})
export type Provenance = z.infer<typeof provenanceSchema>
