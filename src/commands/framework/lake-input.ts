/** What the commands of the lake share. */
import * as z from 'zod'
import type { CommandContext } from '#commands/define-command.ts'
import { type OpenedLake, openLake } from '#store/lake/open-lake.ts'

export const lakeInput = {
  lake: z.string().default('lake').describe('Folder, or s3://BUCKET/PREFIX (credentials from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)'),
  endpoint: z.string().optional().describe('URL of the S3 server; default: AWS_ENDPOINT_URL_S3'),
  region: z.string().optional().describe('Region that requests are signed for (AWS_REGION, us-east-1)'),
}

interface LakeOf {
  readonly lake: string
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
}

export const openedLake = (context: CommandContext, { lake, endpoint, region }: LakeOf): OpenedLake =>
  openLake({ lake, endpoint, region, env: context.env, path: context.path })
